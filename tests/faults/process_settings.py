"""Settings of the web and worker processes that fault tests start and kill: mail into files, a renderer that waits."""

from storefront.settings.test import *  # noqa: F403
from storefront.settings.test import DATA

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA / "mail"
CONTRACT_RENDERER = "tests.faults.slow_renderer.SlowRenderer"
RELEASE_POLL_SECONDS = 1.0
JOB_BACKOFF_SECONDS = 0.2
