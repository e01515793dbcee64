"""The ASGI entry, for servers that speak it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storefront.settings.demo")
application = get_asgi_application()

from storefront.boot import warm_in_background  # noqa: E402 - apps must be loaded first
from storefront.demo.logins import refuse_demo_logins  # noqa: E402

refuse_demo_logins()
warm_in_background()
