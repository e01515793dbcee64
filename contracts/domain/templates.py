"""A contract template: clauses, summary, annexes and sellers of one version, read strictly. Plain Python.

The file format is in `docs/rules/contracts.md`. Reading reports every fault at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from contracts.domain.clauses import CONDITIONS, VARIABLES, Clause, broken, placeholders
from contracts.domain.facts import Seller, TemplateRef
from contracts.errors import TemplateFaults
from kernel.text import LANGUAGES, Text, fingerprint

ANNEXES = ("build-list", "price-sheet", "refund-by-stage", "payment-plan", "withdrawal-notice")
"""The annexes the layout knows how to set."""


@dataclass(frozen=True, slots=True)
class Annex:
    """One annex; its number is what the clauses cite, so it is the same in every market that prints it."""

    number: int
    code: str
    title: Text
    markets: frozenset[str] = frozenset()

    def printed_in(self, market: str) -> bool:
        """Whether the contract of a market carries the annex."""
        return not self.markets or market in self.markets


@dataclass(frozen=True, slots=True)
class Template:
    """One version of the words; `status` says how far they may be trusted and is printed."""

    code: str
    version: str
    status: Text
    title: Text
    clauses: tuple[Clause, ...]
    summary: tuple[Clause, ...]
    annexes: tuple[Annex, ...]
    sellers: Mapping[str, Seller]
    valid_from: date | None


def reference(template: Template) -> TemplateRef:
    """Code, version and the fingerprint of the words."""
    return TemplateRef(template.code, template.version, fingerprint(template_document(template)))


def template_document(template: Template) -> dict[str, Any]:
    """The words as JSON values; `read_template` gives them back. When they begin to hold is not part of them."""
    return {
        "template": template.code,
        "version": template.version,
        "status": dict(template.status),
        "title": dict(template.title),
        "sellers": {
            market: {
                "name": dict(seller.name),
                "address": dict(seller.address),
                "registration": seller.registration,
            }
            for market, seller in sorted(template.sellers.items())
        },
        "summary": [clause_document(clause) for clause in template.summary],
        "clauses": [clause_document(clause) for clause in template.clauses],
        "annexes": [
            {
                "number": annex.number,
                "code": annex.code,
                "title": dict(annex.title),
                "markets": sorted(annex.markets),
            }
            for annex in template.annexes
        ],
    }


def clause_document(clause: Clause) -> dict[str, Any]:
    """One clause as JSON values."""
    return {
        "code": clause.code,
        "number": clause.number,
        "markets": sorted(clause.markets),
        "when": clause.condition,
        "title": dict(clause.title),
        "text": dict(clause.text),
        "risk": dict(clause.risk) if clause.risk else None,
    }


def read_template(document: Any) -> Template:
    """The template from the parsed file; raises TemplateFaults with every fault found."""
    template, faults = begun_template(document)
    if faults:
        raise TemplateFaults(
            "; ".join(f"{fault['where']}: {fault['reason']}" for fault in faults[:5]),
            facts={"faults": faults},
        )
    return template


def begun_template(document: Any) -> tuple[Template, list[dict[str, str]]]:
    """The template as far as it can be read, and its faults: {where, clause, language, variable, reason}."""
    reader = _Reader()
    return reader.template(document), reader.faults


class _Reader:
    """Collects faults while reading; a faulty value is replaced by an empty one so that reading goes on."""

    def __init__(self) -> None:
        self.faults: list[dict[str, str]] = []
        self.clause_code = ""

    def template(self, document: Any) -> Template:
        fields = self.mapping(document, "template")
        result = Template(
            code=self.word(fields, "template", "template"),
            version=self.word(fields, "version", "template"),
            status=self.text(fields.get("status"), "status"),
            title=self.text(fields.get("title"), "title"),
            clauses=tuple(self.clauses(fields.get("clauses"))),
            summary=tuple(self.summary(fields.get("summary") or [])),
            annexes=tuple(self.annexes(fields.get("annexes") or [])),
            sellers=MappingProxyType(dict(self.sellers(fields.get("sellers")))),
            valid_from=self.day(fields.get("valid_from")),
        )
        self.unique([clause.code for clause in result.clauses], "clauses")
        self.unique([str(annex.number) for annex in result.annexes], "annexes")
        return result

    def clauses(self, rows: Any) -> Iterator[Clause]:
        if not rows:
            self.fault("clauses", "a template has at least one clause")
        last = 0
        for where, row in self.rows(rows or [], "clauses"):
            clause = self.clause(row, where)
            if clause.number < last:
                self.fault(
                    where,
                    f"number {clause.number} comes after {last}; clauses stand in their order",
                )
            last = clause.number
            yield clause

    def summary(self, rows: Any) -> Iterator[Clause]:
        for number, (where, row) in enumerate(self.rows(rows, "summary"), start=1):
            yield self.clause(
                {"code": f"summary-{number}", "number": number, "title": row.get("text"), **row},
                where,
            )

    def clause(self, row: Mapping[str, Any], where: str) -> Clause:
        code = self.clause_code = self.word(row, "code", where)
        clause = Clause(
            code=code,
            number=self.count(row.get("number"), f"{where}.number"),
            title=self.text(row.get("title"), f"{where}.title"),
            text=self.text(row.get("text"), f"{where}.text"),
            markets=self.markets(row.get("markets"), where),
            condition=str(row.get("when", "always")),
            risk=self.text(row["risk"], f"{where}.risk") if row.get("risk") else None,
        )
        if clause.condition not in CONDITIONS:
            self.fault(
                f"{where}.when", f"{clause.condition!r} is none of {', '.join(sorted(CONDITIONS))}"
            )
        for name, text in (
            ("title", clause.title),
            ("text", clause.text),
            ("risk", clause.risk or {}),
        ):
            self.placeholders(text, f"{where}.{name} (clause {code})")
        self.clause_code = ""
        return clause

    def placeholders(self, text: Text, where: str) -> None:
        """Known names only, and the same ones in every language."""
        by_language = {code: placeholders(words) for code, words in text.items() if words}
        named = frozenset().union(*by_language.values())
        for language, names in sorted(by_language.items()):
            for name in sorted(names - VARIABLES.keys()):
                self.fault(where, f"unknown placeholder {name!r}", language, name)
            for name in sorted(named - names):
                lacks = f"the languages name different placeholders: {language} lacks {name!r}"
                self.fault(where, lacks, language, name)
            if broken(text[language]):
                self.fault(where, "a brace stands outside of a placeholder", language)

    def annexes(self, rows: Any) -> Iterator[Annex]:
        for where, row in self.rows(rows, "annexes"):
            code = self.word(row, "code", where)
            if code not in ANNEXES:
                self.fault(f"{where}.code", f"{code!r} is none of {', '.join(ANNEXES)}")
            yield Annex(
                number=self.count(row.get("number"), f"{where}.number"),
                code=code,
                title=self.text(row.get("title"), f"{where}.title"),
                markets=self.markets(row.get("markets"), where),
            )

    def sellers(self, rows: Any) -> Iterator[tuple[str, Seller]]:
        sellers = self.mapping(rows or {}, "sellers")
        for market, row in sellers.items():
            where = f"sellers.{market}"
            fields = self.mapping(row, where)
            yield (
                str(market),
                Seller(
                    name=self.text(fields.get("name"), f"{where}.name"),
                    address=self.text(fields.get("address"), f"{where}.address"),
                    registration=str(fields.get("registration") or ""),
                ),
            )

    # ---- Values ----

    def fault(self, where: str, reason: str, language: str = "", variable: str = "") -> None:
        self.faults.append(
            {
                "where": where,
                "clause": self.clause_code,
                "language": language,
                "variable": variable,
                "reason": reason,
            }
        )

    def _kind(
        self, value: Any, kind: type, where: str, expected: str, empty: Callable[[], Any]
    ) -> Any:
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        self.fault(where, f"expected {expected}, found {type(value).__name__}")
        return empty()

    def mapping(self, value: Any, where: str) -> Mapping[str, Any]:
        result: Mapping[str, Any] = self._kind(value, Mapping, where, "a mapping", dict)
        return result

    def rows(self, value: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for index, row in enumerate(self._kind(value, list, where, "a list", list), start=1):
            yield f"{where}[{index}]", self.mapping(row, f"{where}[{index}]")

    def word(self, row: Mapping[str, Any], name: str, where: str) -> str:
        value = str(row.get(name) or "").strip()
        if not value:
            self.fault(f"{where}.{name}", "is missing")
        return value

    def count(self, value: Any, where: str) -> int:
        number: int = self._kind(value, int, where, "a whole number", lambda: 1)
        if number < 1:
            self.fault(where, f"{number} is less than one")
        return number

    def text(self, value: Any, where: str) -> Text:
        words = {
            str(code): str(said or "").strip() for code, said in self.mapping(value, where).items()
        }
        for code in sorted(set(words) ^ set(LANGUAGES)):
            lack = "unknown" if code in words else "missing"
            self.fault(where, f"language {code} is {lack}", code)
        for code in sorted(code for code, said in words.items() if not said):
            self.fault(where, f"language {code} is empty", code)
        return words

    def markets(self, value: Any, where: str) -> frozenset[str]:
        return frozenset(
            str(code) for code in self._kind(value or [], list, f"{where}.markets", "a list", list)
        )

    def day(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fault("valid_from", f"{value!r} is no day like 2026-11-01")
            return None

    def unique(self, codes: list[str], where: str) -> None:
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.fault(where, f"{code!r} occurs twice")
