"""The WSGI entry: granian runs this."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storefront.settings.demo")
application = get_wsgi_application()

from storefront.boot import warm_in_background  # noqa: E402 - apps must be loaded first
from storefront.demo.logins import refuse_demo_logins  # noqa: E402

refuse_demo_logins()
warm_in_background()
