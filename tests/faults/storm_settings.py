"""Settings of the processes in a storm of money: the Stripe door at a stand-in, and nobody listens but the checkout.

Contracts and letters of the same events have fault tests of their own; here their work would only stand in the way.
"""

import os

from storefront.settings.test import *  # noqa: F403
from storefront.settings.test import INSTALLED_APPS

PAYMENT_DOOR = "stripe"
STRIPE_API_BASE = os.environ.get("STORM_STRIPE", "")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
JOB_BACKOFF_SECONDS = 0.2
RELEASE_POLL_SECONDS = 60.0
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.only_money.OnlyMoney"]
