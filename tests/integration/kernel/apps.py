"""The app that worker processes of tests have instead of the store."""

import os
from datetime import timedelta

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Registers a fast schedule in worker processes that ask for it."""

    name = "tests.integration.kernel"
    label = "kernel_stage"

    def ready(self) -> None:
        """One firing a second, when FORECOURT_TEST_FIRED names the file to write into."""
        from kernel import jobs
        from tests.integration.kernel import stage

        if os.environ.get(stage.FIRED):
            jobs.schedule("tests.fired", stage.fired, every=timedelta(seconds=1))
