"""What a buyer says beside the car: words of offers, proofs, answers to extras, a car to trade in. Every field checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.domain.extras import Answer
from checkout.errors import BadWish, CurrencyNotOfMarket
from kernel.money import Money

MOST_WORDS, LONGEST_WORD = 10, 40
MOST_ANSWERS, LONGEST_CODE = 60, 64
LONGEST_WORDS = 500
HIGHEST_WISH = 10**13
"""Minor units; above any car."""


@dataclass(frozen=True, slots=True)
class TradeIn:
    """A car that the buyer wants to trade in, in the buyer's words; what it fetches is agreed elsewhere."""

    words: str
    wished: Money | None

    def facts(self) -> dict[str, Any]:
        """As JSON; `read_trade_in` is the way back."""
        wished = self.wished
        return {
            "words": self.words,
            "wished": wished and {"amount": wished.minor, "currency": wished.currency},
        }


def read_words(
    given: Sequence[str] | None, *, field: str, longest: int = LONGEST_WORD
) -> tuple[str, ...]:
    """Code words as given, without blanks around them, each once whatever its case; raises BadWish."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _bad(field, "give a list of words")
    if len(given) > MOST_WORDS:
        raise _bad(field, f"at most {MOST_WORDS}, not {len(given)}")
    found: dict[str, str] = {}
    for number, word in enumerate(given):
        text = word.strip() if isinstance(word, str) else ""
        if not 0 < len(text) <= longest:
            raise _bad(f"{field}.{number}", f"give a word of 1 to {longest} characters")
        found.setdefault(text.casefold(), text)
    return tuple(found.values())


def read_answers(given: Sequence[Mapping[str, Any]] | None) -> tuple[Answer, ...]:
    """The buyer's yes or no to extras; raises BadWish for anything else, and for two answers to one extra."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _bad("extras", "give a list of {code, wanted}")
    if len(given) > MOST_ANSWERS:
        raise _bad("extras", f"at most {MOST_ANSWERS}, not {len(given)}")
    found: dict[str, Answer] = {}
    for number, row in enumerate(given):
        answer = _answer(row, f"extras.{number}")
        if answer.code in found:
            raise _bad(f"extras.{number}.code", f"{answer.code} is answered twice")
        found[answer.code] = answer
    return tuple(found.values())


def _answer(row: Any, field: str) -> Answer:
    if not isinstance(row, Mapping):
        raise _bad(field, "give {code, wanted}")
    code, wanted = row.get("code"), row.get("wanted")
    if not isinstance(code, str) or not 0 < len(code) <= LONGEST_CODE:
        raise _bad(f"{field}.code", "name an extra by its code")
    if not isinstance(wanted, bool):
        raise _bad(f"{field}.wanted", "say true or false; leave the extra out for no answer")
    at = row.get("at")
    return Answer(
        code, wanted, str(row.get("text_version") or ""), at and datetime.fromisoformat(at)
    )


def read_trade_in(given: Mapping[str, Any] | None, currency: str) -> TradeIn | None:
    """The car to trade in; raises BadWish, CurrencyNotOfMarket. Without words there is none."""
    if given is None:
        return None
    words = given.get("words")
    words = " ".join(words.split()) if isinstance(words, str) else ""
    if not 0 < len(words) <= LONGEST_WORDS:
        raise _bad("trade_in.words", f"describe the car in 1 to {LONGEST_WORDS} characters")
    return TradeIn(words, _wished(given.get("wished"), currency))


def _wished(value: Money | Mapping[str, Any] | None, currency: str) -> Money | None:
    if value is None:
        return None
    minor, given = (
        (value.minor, value.currency)
        if isinstance(value, Money)
        else (value.get("amount"), value.get("currency"))
    )
    if given != currency:
        raise CurrencyNotOfMarket(
            f"trade_in.wished: this market uses {currency}, not {given}",
            facts={"field": "trade_in.wished", "currency": given, "expected": currency},
        )
    if not isinstance(minor, int) or isinstance(minor, bool) or not 0 <= minor <= HIGHEST_WISH:
        raise _bad("trade_in.wished.amount", "give an amount in minor units, zero or more")
    return Money(minor, currency)


def _bad(field: str, message: str) -> BadWish:
    return BadWish(f"{field}: {message}", facts={"errors": [{"field": field, "message": message}]})
