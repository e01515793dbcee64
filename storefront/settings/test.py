"""Tests: keys that are no secret, cheap password hashing, mail in memory."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# The first process of a run makes the folder; its workers and subprocesses inherit the name.
if "FORECOURT_TEST_ROOT" not in os.environ:
    os.environ["FORECOURT_TEST_ROOT"] = tempfile.mkdtemp(prefix="forecourt-test-")
    atexit.register(shutil.rmtree, os.environ["FORECOURT_TEST_ROOT"], ignore_errors=True)
_root = Path(os.environ["FORECOURT_TEST_ROOT"])
os.environ["FORECOURT_DATA"] = os.environ.get("FORECOURT_TEST_DATA") or str(
    _root / os.environ.get("PYTEST_XDIST_WORKER", "main")
)

from storefront.settings.base import *  # noqa: E402, F403
from storefront.settings.base import DATA, database_from  # noqa: E402

DATA.mkdir(parents=True, exist_ok=True)
DEMO = True
DEBUG = False
SECRET_KEY = "test-only"  # noqa: S105
FIELD_KEYS = ["dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHktMTI"]
ALLOWED_HOSTS = ["*"]
DATABASES = {
    "default": database_from(
        os.environ.get("TEST_DATABASE_URL", f"sqlite:///{DATA / 'test.sqlite3'}")
    )
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
RELEASE_POLL_SECONDS = 0.0
API_THROTTLES = {}
# Most tests are about something else and accept by a click; those of signing switch it on.
CONTRACT_AGREEMENT = "acceptance"
STRIPE_SECRET_KEY = "sk_test_forecourt"  # noqa: S105
STRIPE_PUBLISHABLE_KEY = "pk_test_forecourt"
STRIPE_WEBHOOK_SECRETS = ["whsec_test_new", "whsec_test_old"]

WSGI_APPLICATION = None  # type: ignore[assignment]
"""A live server in a test starts without the thread that warms configurators: it would read another test's database."""
