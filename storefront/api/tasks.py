"""What time does to the API's own table."""

from django.utils import timezone

from kernel.jobs import task
from storefront.api.idempotency import forget_old


@task
def forget_old_idempotency_keys() -> int:
    """Deletes idempotency records older than 48 hours; gives how many."""
    return forget_old(now=timezone.now())
