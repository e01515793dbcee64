"""What a vendor's books know and our payments do not: each is asked about, so that no lost message stays lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from checkout.domain.payments import PAID
from checkout.domain.tie_out import CHARGE, REFUND_FAILURE
from checkout.errors import CheckoutError, GatewayUnavailable, PaymentMismatch
from checkout.gateways.ports import PaymentGateway
from checkout.models import Payment, PaymentOperation, VendorMove
from checkout.services.refund_states import look_after_refunds
from checkout.services.settlement import SILENCES, settle
from checkout.services.vendor_posting import unposted

MOST = 1000
"""So many payments are asked about in one run; the rest waits for the next."""


def catch_up(*, gateway: PaymentGateway, now: datetime) -> int:
    """Settle payments that the books have as paid and we have not, and refunds that came back; gives how many were asked.

    Not inside a transaction. A vendor that keeps silent is left alone until the next run.
    """
    provider = gateway.provider

    def paid(name: str) -> None:
        settle(provider=provider, provider_id=name, gateway=gateway, now=now)

    def returned(name: str) -> None:
        look_after_refunds(provider=provider, provider_id=name, gateway=gateway, now=now)

    return _each(_charged(provider), paid) + _each(_came_back(provider), returned)


def _each(names: Iterable[str], ask: Callable[[str], None]) -> int:
    asked = silences = 0
    for name in names:
        try:
            ask(name)
        except GatewayUnavailable:
            silences += 1
            if silences == SILENCES:
                break
        except CheckoutError:
            silences = 0
        else:
            asked, silences = asked + 1, 0
    return asked


def _charged(provider: str) -> list[str]:
    """Payments with a charge that we do not know as paid and booked, and charges of payments whose name we never heard."""
    charges = VendorMove.objects.filter(provider=provider, kind=CHARGE)
    ours = Payment.objects.filter(provider=provider).exclude(failure_code=PaymentMismatch.code)
    behind = ours.filter(~Q(state__in=PAID) | Q(balance_transaction=""))
    known = behind.filter(Exists(charges.filter(payment=OuterRef("pk"))))
    strangers = unposted(provider).filter(kind=CHARGE, payment=None).exclude(vendor_payment="")
    found = [
        *known.values_list("provider_id", flat=True)[:MOST],
        *strangers.values_list("vendor_payment", flat=True)[:MOST],
    ]
    return [name for name in dict.fromkeys(found) if name]


def _came_back(provider: str) -> list[str]:
    """Payments of refunds that we have as paid and the books have as failed."""
    moves = VendorMove.objects.filter(provider=provider, kind=REFUND_FAILURE)
    keys = list(moves.exclude(reference="").values_list("reference", flat=True))
    done = PaymentOperation.objects.filter(key__in=keys, state=PaymentOperation.State.DONE)
    names = done.values_list("payment__provider_id", flat=True)[:MOST]
    return [name for name in dict.fromkeys(names) if name]
