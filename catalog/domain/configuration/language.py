"""Rules as statements: one line for every authored rule, read and written (see `docs/rules/rule-language.md`).

    statement = said { scope }
    said      = expression ( "requires" expression | "excludes" codes | "includes" codes
                           | "takes" number "more" ( "day" | "days" ) )
              | ( "exactly" | "at" "most" | "at" "least" ) number "of" codes
              | "always" expression
    codes     = code { "," code }
    scope     = "when" expression | "on" codes | "in" CAPITALS | "from" DAY | "until" DAY

Expressions are those of `expression`. Only a count says `when`; what the others ask for stands before their verb. The
codes of a count may stand in parentheses. Scopes stand in any order, each once; `on` names trims without `trim:`.
`read_statement(show_rule(rule))` says what `rule` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from catalog.domain.catalogue import TRIM_PREFIX, Rule
from catalog.domain.configuration.expression import (
    LONGEST,
    PHRASES,
    Count,
    Expression,
    Reader,
    codes,
    markets,
    parse,
    show,
)
from catalog.domain.configuration.rules import COUNTS, check_rule
from catalog.domain.configuration.tokens import JOINING, fail

LONGEST_STATEMENT = 12_000
"""Characters a statement may have: two expressions and two long lists."""
VERBS = ("requires", "excludes", "includes", "takes")
SCOPES = ("when", "on", "in", "from", "until")
_KINDS = {said: kind for kind, said in COUNTS.items()}
_LEADING = PHRASES | {"always"}
"""Codes that would begin something else where they stand first or last in a statement."""


class _Statement(Reader):
    """Reads one statement into the fields of a rule."""

    def __init__(self, text: str) -> None:
        super().__init__(text, what="a statement", longest=LONGEST_STATEMENT)
        self.rule = Rule(code="", kind="", text={})

    def read(self) -> Rule:
        """The whole text."""
        if self.peek() == "always" and self.peek(1) not in JOINING:
            self.take()
            self.rule = replace(self.rule, kind="boolean", must=self.shown())
        elif not (self.at_phrase() and self.peek() in ("exactly", "at") and self.counts()):
            self.verb()
        self.scopes()
        return self.rule

    def bounded(self) -> Expression:
        """Takes an expression, which is no longer than one may be."""
        start = self.place()
        found = self.expression()
        if self.behind() - start > LONGEST:
            raise fail(
                f"an expression has at most {LONGEST} characters", self.text, start + LONGEST
            )
        return found

    def shown(self) -> str:
        """Takes an expression; as a rule keeps it."""
        return show(self.bounded())

    def counts(self) -> bool:
        """Takes a count without parentheses; of one with parentheses nothing, it may begin an expression."""
        start, place = self.at, self.place()
        kind, number = self.kind()
        if self.peek() == "(":
            self.at = start
            return False
        found = self.codes()
        self.check_count(number, found, place)
        self.rule = replace(self.rule, kind=_KINDS[kind], count=number, of=found)
        return True

    def verb(self) -> None:
        """Takes a condition, what it asks for, and how."""
        condition = self.bounded()
        verb = self.peek()
        if isinstance(condition, Count) and (verb is None or verb in SCOPES):
            kind, number = _KINDS[condition.kind], condition.number
            self.rule = replace(self.rule, kind=kind, count=number, of=condition.codes)
            return
        if verb not in VERBS:
            raise self.missing(f"one of {', '.join(VERBS)}")
        self.take()
        self.rule = replace(self.rule, when=show(condition))
        if verb == "requires":
            self.rule = replace(self.rule, kind="requires", then=self.shown())
        elif verb == "excludes":
            self.rule = replace(self.rule, kind="excludes", excluded=self.codes())
        elif verb == "includes":
            self.rule = replace(self.rule, kind="includes", adds=self.codes())
        else:
            self.rule = replace(self.rule, kind="lead", add_days=self.more_days())

    def more_days(self) -> int:
        """Takes how many days a lead rule adds: one or more."""
        place, found = self.place(), self.number()
        if found < 1:
            raise fail("a rule takes one day or more", self.text, place)
        self.word("more")
        if self.peek() not in ("day", "days"):
            raise self.missing("'days'")
        self.take()
        return found

    def scopes(self) -> None:
        """Takes what is left: where and when the rule speaks."""
        readers: Mapping[str, Callable[[], None]] = {
            "when": self.when,
            "on": self.trims,
            "in": self.market,
            "from": self.first_day,
            "until": self.last_day,
        }
        said: set[str] = set()
        while (token := self.peek()) is not None:
            if token in JOINING:
                raise fail(f"a list goes on with ',', not {token!r}", self.text, self.place())
            if token not in readers:
                raise self.missing(f"'and', 'or' or one of {', '.join(SCOPES)}")
            if token in said:
                raise fail(f"{token!r} is said twice", self.text, self.place())
            said.add(token)
            readers[token]()

    def when(self) -> None:
        """Takes the condition of a count."""
        if self.rule.kind not in COUNTS:
            raise fail(
                "'when' goes with exactly, at most and at least only", self.text, self.place()
            )
        self.take()
        self.rule = replace(self.rule, when=self.shown())

    def trims(self) -> None:
        """Takes the trims it speaks about."""
        self.take()
        place, found = self.place(), self.codes()
        if any(code.startswith(TRIM_PREFIX) for code in found):
            raise fail(f"a trim is named without {TRIM_PREFIX!r} here", self.text, place)
        self.rule = replace(self.rule, trims=found)

    def market(self) -> None:
        """Takes the market it speaks in."""
        self.take()
        token = self.peek()
        if token is None or len(token) != 2 or not token.isupper():
            raise self.missing("a market such as CN")
        self.take()
        self.rule = replace(self.rule, market=token)

    def first_day(self) -> None:
        """Takes the day from which it speaks."""
        place = self.place()
        self.rule = replace(self.rule, valid_from=self.day().day)
        self.in_order(place)

    def last_day(self) -> None:
        """Takes the first day on which it is silent again."""
        place = self.place()
        self.rule = replace(self.rule, valid_until=self.day().day)
        self.in_order(place)

    def in_order(self, place: int) -> None:
        """Raises ExpressionError at `place` where the rule ends before it starts."""
        first, last = self.rule.valid_from, self.rule.valid_until
        if first is not None and last is not None and last <= first:
            raise fail(f"until {last} is not after from {first}", self.text, place)


def read_statement(text: str) -> Rule:
    """The rule that a statement says, with neither code nor text; raises ExpressionError with the place.

    Its expressions are as `show` writes them. Which codes a model has is not asked.
    """
    return _Statement(text).read()


def names_of(rule: Rule) -> tuple[frozenset[str], frozenset[str]]:
    """The options and trims (as atoms), and the markets, that a rule names anywhere; raises ExpressionError."""
    parts = [parse(text) for text in (rule.when, rule.then, rule.must) if text]
    trims = (TRIM_PREFIX + trim for trim in rule.trims)
    listed = frozenset((*rule.excluded, *rule.adds, *rule.of, *trims))
    scope = frozenset((rule.market,) if rule.market else ())
    return (
        listed.union(*(codes(part) for part in parts)),
        scope.union(*(markets(part) for part in parts)),
    )


def show_rule(rule: Rule) -> str:
    """The statement of a rule; raises RuleError, ExpressionError where the rule says nothing that can be read."""
    check_rule(rule)
    return _said(rule) + _scope(rule)


def _said(rule: Rule) -> str:
    if rule.kind == "boolean":
        return f"always {_shown(rule.must)}"
    if rule.kind in COUNTS:
        when = f" when {_shown(rule.when)}" if rule.when else ""
        return f"{COUNTS[rule.kind]} {rule.count} of {', '.join(rule.of)}{when}"
    condition = _shown(rule.when)
    if rule.kind == "requires":
        return f"{condition} requires {_shown(rule.then)}"
    if rule.kind == "excludes":
        return f"{condition} excludes {', '.join(rule.excluded)}"
    if rule.kind == "includes":
        return f"{condition} includes {', '.join(rule.adds)}"
    return f"{condition} takes {rule.add_days} more {'day' if rule.add_days == 1 else 'days'}"


def _shown(text: str | None) -> str:
    expression = parse(text or "")
    shown = show(expression)
    # an option called `exactly` or `from` would begin a count or a day where another word follows
    return shown if _LEADING.isdisjoint(codes(expression)) else f"({shown})"


def _scope(rule: Rule) -> str:
    said = [
        f"on {', '.join(rule.trims)}" if rule.trims else "",
        f"in {rule.market}" if rule.market else "",
        f"from {rule.valid_from}" if rule.valid_from else "",
        f"until {rule.valid_until}" if rule.valid_until else "",
    ]
    return "".join(f" {scope}" for scope in said if scope)
