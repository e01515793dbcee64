"""Signing in: a code by e-mail or phone, no password for buyers; apps and browsers through allauth's headless API."""

import os

_store = os.environ.get("FORECOURT_BASE_URL", "http://localhost:8000").rstrip("/")

ACCOUNT_ADAPTER = "storefront.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_MAX_RESEND_COUNT = 2
ACCOUNT_EMAIL_VERIFICATION_MAX_RESEND_COUNT = 2
# Three tries a code and twelve codes an hour: guessing one account for a year finds it once in 300 times.
_code = {"numeric": True, "length": 8, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_FORMAT = _code
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = _code
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = _code
# Whether an address has an account is never told: both ways answer alike and differ only in the mail.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,12/h/key",
    "signup": "20/m/ip",
    "login": "30/m/ip",
    "confirm_email": "1/10s/key",
}

HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app", "browser")
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{_store}/zh/account",
    "account_confirm_email": f"{_store}/zh/account",
    "account_reset_password": f"{_store}/zh/account",
    "account_reset_password_from_key": f"{_store}/zh/account",
}
USERSESSIONS_TRACK_ACTIVITY = False
