"""What holds money together, taken away piece by piece: each mutant is a small change after which named tests must fail.

`docs/mutants-money.md` lists them for people. Each edit is a text that stands exactly once in its file; one that does not
any more is an error, not a mutant that was caught.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`edits` are (before, after) within `file`; `tests` as pytest names them; `database` where they have to run."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]
    database: str = field(default="sqlite")

    def applied(self, text: str) -> str:
        """The file's text with the edits made; raises LookupError where one does not fit."""
        for before, after in self.edits:
            if text.count(before) != 1:
                raise LookupError(
                    f"{self.name}: {self.file} has {text.count(before)} times {before!r}"
                )
            text = text.replace(before, after)
        return text


_CHECKOUT = "tests/integration/checkout"
_PAYING = f"{_CHECKOUT}/test_payments.py"
_FAULTS = f"{_CHECKOUT}/test_payments_faults.py"
_ENDING = f"{_CHECKOUT}/test_payments_ending.py"
_INBOX = f"{_CHECKOUT}/test_inbox.py"
_LEDGER = f"{_CHECKOUT}/test_ledger.py"
_DOORS = "tests/doors/test_payment_gateways.py"
_BANK = "tests/unit/checkout/test_bank.py"
_MATCHING = "tests/unit/checkout/test_matching.py"
_TIE_OUT = "tests/unit/checkout/test_tie_out.py"

MUTANTS: tuple[Mutant, ...] = (
    # ---- The ledger ----
    Mutant(
        "ledger key not unique",
        "checkout/migrations/0001_initial.py",
        (
            (
                "('key', models.CharField(max_length=255, unique=True)),\n"
                "                ('kind', models.CharField(max_length=32)),",
                "('key', models.CharField(max_length=255)),\n"
                "                ('kind', models.CharField(max_length=32)),",
            ),
        ),
        (f"{_LEDGER}::test_the_database_takes_no_second_entry_under_a_key",),
    ),
    Mutant(
        "posting twice is posting twice",
        "checkout/services/ledger.py",
        (
            (
                "    known = {entry.key: entry for entry in rows}\n",
                "    known: dict[str, LedgerEntry] = {}\n",
            ),
        ),
        (f"{_LEDGER}::test_an_entry_is_posted_once_under_its_key",),
    ),
    Mutant(
        "an entry need not balance",
        "checkout/domain/ledger.py",
        (("if len(found) < 2 or any(sums.values()):", "if len(found) < 2:"),),
        (f"{_LEDGER}::test_an_unbalanced_entry_is_refused_before_anything_is_written",),
    ),
    # ---- Locks ----
    Mutant(
        "payments without a row lock",
        "checkout/models/locks.py",
        (
            (
                'return Order.objects.select_for_update(of=("self",)).get(**row)',
                "return Order.objects.get(**row)",
            ),
            (
                "    payment = Payment.objects.select_for_update().get(pk=pk)\n",
                "    payment = Payment.objects.get(pk=pk)\n",
            ),
        ),
        (
            f"{_ENDING}::test_ten_people_refund_one_payment_at_once",
            f"{_PAYING}::test_ten_workers_settle_one_payment_at_once",
        ),
        database="postgres",
    ),
    Mutant(
        "two workers take one message",
        "checkout/models/locks.py",
        (("rows.filter(pk=pk, processed_at=None)", "rows.filter(pk=pk)"),),
        (f"{_INBOX}::test_a_message_is_handled_once",),
    ),
    # ---- Messages ----
    Mutant(
        "signatures unchecked",
        "checkout/gateways/signatures.py",
        (
            (
                "if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures):",
                "if not expected:",
            ),
        ),
        (f"{_DOORS}::test_a_tampered_a_forged_and_an_unsigned_message_are_rejected[sandbox]",),
    ),
    Mutant(
        "old messages taken",
        "checkout/gateways/signatures.py",
        (("abs(now.timestamp() - moment) > TOLERANCE", "moment - now.timestamp() > TOLERANCE"),),
        (f"{_DOORS}::test_a_message_of_another_moment_is_rejected",),
    ),
    Mutant(
        "early messages taken",
        "checkout/gateways/signatures.py",
        (("abs(now.timestamp() - moment) > TOLERANCE", "now.timestamp() - moment > TOLERANCE"),),
        (f"{_DOORS}::test_a_message_of_another_moment_is_rejected",),
    ),
    Mutant(
        "test and live mixed",
        "checkout/gateways/stripe.py",
        (("if livemode is not self.livemode:", "if livemode is None:"),),
        ("tests/doors/test_stripe_door.py::test_a_message_of_the_other_mode_is_rejected",),
    ),
    Mutant(
        "what a message says is believed",
        "checkout/services/inbox.py",
        (
            (
                "        settle(**about, gateway=gateway, now=now)\n",
                "        seen = gateway.fetch_payment(message.object_id)\n"
                "        if message.type == 'payment.succeeded':\n"
                "            seen = replace(seen, state=State.SUCCEEDED)\n"
                "        apply(_ours(message.provider, seen), seen, now)\n",
            ),
            (
                "from checkout.services.settlement import settle\n",
                "from dataclasses import replace\n"
                "from checkout.domain.payments import State\n"
                "from checkout.services.settlement import _ours, apply\n",
            ),
        ),
        (f"{_INBOX}::test_a_message_is_a_hint_what_it_says_is_not_believed",),
    ),
    Mutant(
        "amounts of messages trusted",
        "checkout/services/inbox.py",
        (
            (
                "        settle(**about, gateway=gateway, now=now)\n",
                "        seen = gateway.fetch_payment(message.object_id)\n"
                "        told = message.payload['data'].get('amount', seen.amount.minor)\n"
                "        seen = replace(seen, amount=replace(seen.amount, minor=told))\n"
                "        apply(_ours(message.provider, seen), seen, now)\n",
            ),
            (
                "from checkout.services.settlement import settle\n",
                "from dataclasses import replace\n"
                "from checkout.services.settlement import _ours, apply\n",
            ),
        ),
        (f"{_INBOX}::test_an_amount_in_a_message_is_never_read",),
    ),
    Mutant(
        "old answers applied",
        "checkout/services/settlement.py",
        (
            (
                "if payment.snapshot_at is not None and now < payment.snapshot_at:",
                "if payment.snapshot_at is not None and now.year < 2000:",
            ),
        ),
        (f"{_PAYING}::test_an_old_answer_does_not_undo_a_newer_one",),
    ),
    # ---- Paying and giving back ----
    Mutant(
        "any amount counts as paid",
        "checkout/services/settlement.py",
        (("    if seen.amount != payment.money:\n", "    if not seen.amount:\n"),),
        (f"{_PAYING}::test_another_amount_than_ours_is_booked_as_unidentified_and_does_not_count",),
    ),
    Mutant(
        "late money kept",
        "checkout/services/settlement.py",
        (("if not again and not _order_takes_it(payment, now):", "if again:"),),
        (f"{_PAYING}::test_money_for_an_expired_order_goes_back_by_itself",),
    ),
    Mutant(
        "refunds under way not counted",
        "checkout/services/operations.py",
        (
            (
                "rows = payment.operations.filter(kind=_KIND.REFUND).exclude(state=_OP.FAILED)",
                "rows = payment.operations.filter(kind=_KIND.REFUND, state=_OP.DONE)",
            ),
        ),
        (f"{_ENDING}::test_refunds_in_parts_never_exceed_what_was_paid",),
    ),
    Mutant(
        "another key at each sending of a payment",
        "checkout/services/operations.py",
        (
            (
                "gateway.create_payment(PaymentRequest.restored(operation.params), key=operation.key)",
                "gateway.create_payment(\n"
                "        PaymentRequest.restored(operation.params), key=f'{operation.key}-{operation.attempts}'\n"
                "    )",
            ),
        ),
        (
            f"{_FAULTS}::test_a_process_that_dies_around_the_call_leaves_one_payment",
            "tests/faults/test_money_crashes.py::test_money_is_asked_for_once_wherever_a_process_dies_that_begins_a_payment",
        ),
    ),
    Mutant(
        "another key at each sending of a refund",
        "checkout/services/operations.py",
        (
            (
                'operation.payment.provider_id or "", amount=amount, key=operation.key\n',
                'operation.payment.provider_id or "",\n'
                "        amount=amount,\n"
                "        key=f'{operation.key}-{operation.attempts}',\n",
            ),
        ),
        (
            f"{_ENDING}::test_a_refund_whose_answer_was_lost_is_made_once",
            "tests/faults/test_money_crashes.py::test_money_goes_back_once_wherever_a_process_dies_that_refunds",
        ),
    ),
    Mutant(
        "a forgotten key sent again",
        "checkout/services/operations.py",
        (
            (
                "return calls.forgotten(operation, now) or bool(operation.provider_ref)",
                "return bool(operation.provider_ref)",
            ),
        ),
        (f"{_FAULTS}::test_a_forgotten_key_is_never_sent_again_the_payment_is_looked_up",),
    ),
    Mutant(
        "nobody asks what became of a call",
        "checkout/services/calls.py",
        (("    old = now - PATIENCE\n", "    old = now - timedelta(days=900)\n"),),
        (f"{_FAULTS}::test_an_answer_that_never_came_is_unknown_until_the_sweeper_asks",),
    ),
    Mutant(
        "an order ends before its vendor is told",
        "checkout/services/expiry.py",
        (
            (
                "closed = ask_to_close(order=code, gateway=gateway, now=now)",
                "closed = bool(code)",
            ),
        ),
        (f"{_CHECKOUT}/test_orders_expiry.py",),
    ),
    Mutant(
        "one person decides alone",
        "checkout/services/outgoing.py",
        (
            (
                'if actor == row.proposed_by or not actor.startswith("staff"):',
                'if not actor.startswith("staff"):',
            ),
        ),
        (
            f"{_CHECKOUT}/test_outgoing.py::test_money_that_came_by_transfer_goes_back_by_one_that_two_people_answer_for",
        ),
    ),
    # ---- The vendor's books and the bank ----
    Mutant(
        "only settlement posts",
        "checkout/services/vendor_books.py",
        (("posted = post_moves(provider=books.provider, now=now)", "posted = 0"),),
        (
            f"{_CHECKOUT}/test_vendor_books.py::test_one_reading_brings_the_ledger_to_the_vendor_in_every_currency",
        ),
    ),
    Mutant(
        "a bank line matched without the exact amount",
        "checkout/domain/matching.py",
        (("    if order.due == line.amount:\n", "    if order.due:\n"),),
        (
            f"{_MATCHING}::test_a_line_is_read_as_the_table_says",
            "tests/unit/checkout/test_money_lines.py",
        ),
    ),
    Mutant(
        "two lines may claim one order",
        "checkout/domain/matching.py",
        (
            (
                "if won is None or claims[won.kind, won.code] == 1:",
                "if won is None or claims[won.kind, won.code]:",
            ),
        ),
        (
            f"{_MATCHING}::test_two_lines_that_claim_one_order_are_both_left_to_a_person",
            "tests/unit/checkout/test_money_lines.py",
        ),
    ),
    Mutant(
        "check characters unread",
        "checkout/domain/transfers.py",
        (
            (
                "if _SHAPE.fullmatch(piece) and int(piece, 36) % _MODULUS == 1:",
                "if _SHAPE.fullmatch(piece):",
            ),
        ),
        ("tests/unit/checkout/test_transfers.py",),
    ),
    Mutant(
        "two equal lines of a day are one",
        "checkout/domain/bank.py",
        (("        seen[parts] += 1\n", "        seen[parts] = 1\n"),),
        (f"{_BANK}::test_two_equal_lines_of_one_day_stay_two_in_every_file",),
    ),
    Mutant(
        "a statement imported twice adds twice",
        "checkout/services/bank_import.py",
        (
            (
                "new = [each for each in piece if each[1] not in known]",
                "new = [each for each in piece if each[1] or known]",
            ),
        ),
        (f"{_CHECKOUT}/test_bank_import.py::test_a_file_that_repeats_a_day_adds_what_is_new",),
    ),
    Mutant(
        "a payout is never added up",
        "checkout/domain/tie_out.py",
        (
            (
                "if short and not payout.failed:",
                "if short and payout.failed:",
            ),
        ),
        (f"{_TIE_OUT}::test_a_breakage_is_listed_and_nothing_else_is",),
    ),
)
