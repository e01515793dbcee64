"""What every installation shares; `demo`, `production` and `test` add to it."""

import json
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from storefront.settings.accounts import *  # noqa: F403

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("FORECOURT_DATA", ROOT / "var"))

INSTALLED_APPS = [
    "storefront.accounts",
    "storefront.api",
    "storefront.web",
    "storefront.notify",
    "storefront.demo",
    "cms",
    "contracts",
    "checkout",
    "catalog",
    "kernel",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.locales",
    "wagtail.contrib.simple_translation",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "ninja",
    "django_tasks",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "storefront.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "storefront.api.middleware.PageLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "storefront.api.middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "storefront.urls"
CSRF_FAILURE_VIEW = "storefront.web.views.errors.csrf_failure"
WSGI_APPLICATION = "storefront.wsgi.application"
ASGI_APPLICATION = "storefront.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
LOCALE_PATHS = [ROOT / "storefront" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA / "media"

WAGTAIL_SITE_NAME = "Forecourt"
WAGTAILADMIN_BASE_URL = os.environ.get("FORECOURT_BASE_URL", "http://localhost:8000")
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PAGE_MODEL = "cms.StorePage"
WAGTAILIMAGES_IMAGE_MODEL = "cms.Picture"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp", "svg"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES

TASKS = {"default": {"BACKEND": "kernel.jobs.DatabaseBackend"}}

# Checkout: which payment door is open; see checkout/gateways/__init__.py
PAYMENT_DOOR = os.environ.get("FORECOURT_PAYMENT_DOOR", "sandbox")
SANDBOX_DIR = DATA / "sandbox"
STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
STRIPE_PUBLISHABLE_KEY = os.environ.get("STRIPE_PUBLISHABLE_KEY", "")
STRIPE_WEBHOOK_SECRETS = [s for s in os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(",") if s]
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")
STRIPE_LIVEMODE = os.environ.get("STRIPE_LIVEMODE", "") == "1"
# Only for a stand-in: where the browser gets Stripe's script from; empty is js.stripe.com itself.
STRIPE_JS_URL = os.environ.get("STRIPE_JS_URL", "")
# Doors beside the main one, by the name that rows of the ways to pay use; see docs/go-live.md
PAYMENT_DOORS: dict[str, dict[str, object]] = json.loads(
    os.environ.get("FORECOURT_PAYMENT_DOORS", "{}")
)

# A door per lender's code; `*` is for every lender that is not named; see docs/guide/lender.md
LENDER_DOORS: dict[str, dict[str, object]] = json.loads(
    os.environ.get("FORECOURT_LENDER_DOORS", '{"*": {"door": "sandbox"}}')
)
# The same for insurers; see docs/guide/insurer.md
INSURER_DOORS: dict[str, dict[str, object]] = json.loads(
    os.environ.get("FORECOURT_INSURER_DOORS", '{"*": {"door": "sandbox"}}')
)
# A door per carrier's code, each by its name; see docs/guide/carrier.md
CARRIER_DOORS: dict[str, dict[str, object]] = json.loads(
    os.environ.get("FORECOURT_CARRIER_DOORS", '{"luxing": {"door": "sandbox"}}')
)

# Which day an entry of the books belongs to, and when a month ends
BOOKS_ZONE = os.environ.get("FORECOURT_BOOKS_ZONE", "Asia/Shanghai")
# Whose books a DATEV batch is: consultant, client, and where they differ account_length and chart (docs/rules/reconciliation.md)
DATEV: dict[str, object] = json.loads(os.environ.get("FORECOURT_DATEV", "{}"))

# Where nobody is disturbed by what can wait, on the clock of the market; `*` is every other one (docs/rules/notices.md)
NOTICE_QUIET_HOURS: dict[str, list[str]] = json.loads(
    os.environ.get("FORECOURT_QUIET_HOURS", '{"*": ["21:00", "08:00"], "DE": ["20:00", "08:00"]}')
)
# E-mail addresses by market and desk (orders, money, contracts, delivery); `*` is every other one. None: no mail to a desk.
NOTICE_DESKS: dict[str, dict[str, str]] = json.loads(os.environ.get("FORECOURT_DESKS", "{}"))
NOTICE_DESK_LANGUAGES: dict[str, str] = json.loads(
    os.environ.get("FORECOURT_DESK_LANGUAGES", '{"*": "zh-hans", "DE": "en"}')
)
NOTICE_RETENTION_DAYS = int(os.environ.get("FORECOURT_NOTICE_RETENTION_DAYS", "30"))
# The door to a sender of text messages; empty: none are sent; see docs/guide/sms.md
SMS_DOOR: dict[str, str] = json.loads(os.environ.get("FORECOURT_SMS_DOOR", "{}"))
ACCOUNT_LOGIN_METHODS = {"email", "phone"} if SMS_DOOR else {"email"}
# Outgoing webhooks go to this machine only where somebody develops a receiver; see docs/guide/webhooks.md
WEBHOOKS_TO_LOOPBACK = False

# Desks that stand outside the CMS, in its menu: docs/decisions/0009-desks-outside-the-cms.md
CMS_LINKS: list[dict[str, object]] = [
    {
        "label": {"zh-hans": "通知", "en": "Notices"},
        "url": "notice_desk",
        "permission": "notify.view_noticelog",
        "icon": "mail",
        "order": 139,
    },
    {
        "label": {"zh-hans": "Webhook", "en": "Webhooks"},
        "url": "webhook_desk",
        "permission": "notify.view_webhookendpoint",
        "icon": "link-external",
        "order": 160,
    },
]

ARCHIVE_DIR = DATA / "archive"
# Keys, timestamps and trust of contracts; what is missing is the demo's own and NOT REAL; see docs/guide/signing-authority.md
CONTRACT_SIGNING: dict[str, dict[str, object]] = json.loads(
    os.environ.get("FORECOURT_SIGNING", "{}")
)
SIGNING_DIR = DATA / "signing"
# How a buyer agrees: `signature`, with a one-time code and sealed; or `acceptance`, by a click, and nothing is signed.
CONTRACT_AGREEMENT = os.environ.get("FORECOURT_CONTRACT_AGREEMENT", "signature")
# Who countersigns: `auto`, the worker as soon as the buyer has signed, or `desk`, a person at the signing desk.
CONTRACT_COUNTERSIGN = os.environ.get("FORECOURT_CONTRACT_COUNTERSIGN", "auto")
# Keys of `kernel.crypto`, newest first; generated at first run by the demo, given in production.
FIELD_KEYS: list[str] = [k for k in os.environ.get("FORECOURT_FIELD_KEYS", "").split(",") if k]

DEFAULT_MARKET = "CN"
API_BASE_URL = os.environ.get("API_BASE_URL", "")  # empty: the store calls the API in process
API_CORS_ORIGINS: list[str] = [o for o in os.environ.get("API_CORS_ORIGINS", "").split(",") if o]
API_MAX_BODY_BYTES = 1_000_000
# Kind of call -> (burst, calls a minute) from one address; see storefront/api/throttling.py
API_THROTTLES: dict[str, tuple[int, int]] = {
    "orders": (20, 20),
    "withdrawals": (10, 10),
    "codes": (30, 30),
    "verify": (60, 60),
    "verify-file": (5, 12),
    "code": (10, 10),
}
API_PROXY_COUNT = int(
    os.environ.get("API_PROXY_COUNT", "0")
)  # our own proxies that write X-Forwarded-For
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
RELEASE_POLL_SECONDS = 1.0


def database_from(url: str) -> dict[str, object]:
    """The Django setting for a database's address; raises ValueError for one of another kind.

    `sqlite:///path` is relative to the working directory, `sqlite:////path` absolute. In
    `postgres://user:password@host:port/name?sslmode=require` the query goes to the server's client.
    """
    if url.startswith("sqlite:"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite://").removeprefix("/") or ":memory:",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ValueError(
        f"DATABASE_URL: unknown scheme {parts.scheme!r}; use sqlite:///path or postgres://..."
    )
