"""The WSGI entry: granian runs this."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storefront.settings.demo")
application = get_wsgi_application()
