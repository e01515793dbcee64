"""The demo store of the fictional brand Egretta, and the guard that keeps it out of production."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from storefront.settings.safety import refusals


class DemoConfig(AppConfig):
    """Loads the demo; in production refuses whatever belongs to it."""

    name = "storefront.demo"
    label = "demo"

    def ready(self) -> None:
        """Raise ImproperlyConfigured, naming every reason, before a half-configured shop takes money."""
        if not getattr(settings, "PRODUCTION", False):
            return
        values = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
        found = refusals(values)
        if found:
            raise ImproperlyConfigured(
                "refusing to start:\n" + "\n".join(f"  - {line}" for line in found)
            )
