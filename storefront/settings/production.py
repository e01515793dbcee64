"""A shop that takes money: everything from the environment, and a refusal to start half-configured.

`storefront/settings/safety.py` lists the refusals; loading the apps (every `manage.py` command, web, worker)
raises them all at once, and the web process looks for passwords of the demo beside them.
"""

import json
import os

from storefront.settings.base import *  # noqa: F403
from storefront.settings.base import database_from

DEMO = False
DEBUG = False
PRODUCTION = True
# An empty one would end Django before all the reasons are told; this one is refused by name.
SECRET_KEY = os.environ.get("SECRET_KEY") or "django-insecure-missing"
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(".")]
DATABASES = {
    "default": database_from(os.environ.get("DATABASE_URL", "sqlite:///forecourt.sqlite3"))
}
WEB_WORKERS = int(os.environ.get("WEB_WORKERS", "2"))
PAYMENT_DOOR = os.environ.get("FORECOURT_PAYMENT_DOOR", "stripe")
# None is open unless it is named: an application for a loan is then refused, and nothing else.
LENDER_DOORS = json.loads(os.environ.get("FORECOURT_LENDER_DOORS", "{}"))
SANDBOX_LENDERS_ALLOWED = os.environ.get("FORECOURT_SANDBOX_LENDERS", "") == "1"
INSURER_DOORS = json.loads(os.environ.get("FORECOURT_INSURER_DOORS", "{}"))
SANDBOX_INSURERS_ALLOWED = os.environ.get("FORECOURT_SANDBOX_INSURERS", "") == "1"
CARRIER_DOORS = json.loads(os.environ.get("FORECOURT_CARRIER_DOORS", "{}"))
SANDBOX_CARRIERS_ALLOWED = os.environ.get("FORECOURT_SANDBOX_CARRIERS", "") == "1"
SIGNING_CERTIFICATE = os.environ.get("SIGNING_CERTIFICATE", "")

SECURE_SSL_REDIRECT = os.environ.get("SECURE_SSL_REDIRECT", "1") == "1"
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
]  # whoever probes a process speaks plain HTTP to it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"
EMAIL_USE_SSL = os.environ.get("EMAIL_USE_SSL", "") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "store@localhost")
# Limits on sign-in codes count across web processes; `manage.py createcachetable` makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
    }
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
