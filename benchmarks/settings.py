"""The demo's settings with two bare views beside the API, so both pass the same middleware."""

from storefront.settings.demo import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
RELEASE_POLL_SECONDS = 1.0
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
API_THROTTLES = {}
