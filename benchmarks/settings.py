"""The demo's settings with two bare views beside the API, so both pass the same middleware.

A shop is installed without what the tests bring along: numba would load coverage and scipy where they are there.
"""

import sys

from storefront.settings.demo import *  # noqa: F403

sys.modules["coverage"] = sys.modules["scipy"] = None  # type: ignore[assignment]

ROOT_URLCONF = "benchmarks.urls"
RELEASE_POLL_SECONDS = 1.0
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
API_THROTTLES = {}
