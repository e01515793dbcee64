"""Takes everybody's ears off the shop's events but the checkout's, and rhythms that a test wants to set itself."""

from __future__ import annotations

import os

from django.apps import AppConfig


class OnlyMoney(AppConfig):
    """Installed last by `storm_settings`; STORM_WITHOUT names what of the schedule is left out, separated by commas."""

    name = "tests.faults"
    label = "only_money"

    def ready(self) -> None:
        """Forget who else subscribed."""
        from kernel import eventbus, jobs

        for handlers in eventbus._subscribers.values():
            handlers[:] = [path for path in handlers if path.startswith("checkout.")]
        unwanted = set(os.environ.get("STORM_WITHOUT", "").split(","))
        for name in list(jobs._schedule):
            if not name.startswith("checkout") or name in unwanted:
                del jobs._schedule[name]
