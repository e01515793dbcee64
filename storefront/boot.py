"""What a web process does beside serving when it starts."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection
from django.utils import timezone

from catalog.queries.warming import warm

log = logging.getLogger(__name__)


def warm_in_background() -> threading.Thread:
    """Makes kernels and configurators ready in a thread of its own; requests are served meanwhile."""
    thread = threading.Thread(target=_warm, name="warming", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    try:
        asked = warm(timezone.now())
        log.info("configurators ready: %d", asked)
    except DatabaseError as error:
        log.warning("nothing made ready, the first buyers wait a little longer: %s", error)
    finally:
        connection.close()
