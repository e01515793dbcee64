"""Settings of the worker processes that tests start: the kernel alone, so that they start at once."""

import os

from storefront.settings.test import *  # noqa: F403

INSTALLED_APPS = ["tests.integration.kernel.apps.StageConfig", "kernel", "django_tasks"]
MIDDLEWARE = []
JOB_BACKOFF_SECONDS = float(os.environ.get("JOB_BACKOFF_SECONDS", "0.05"))
