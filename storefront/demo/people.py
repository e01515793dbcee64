"""Who may sign in to the CMS of the demo; production refuses these passwords."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """One login of the demo; `groups` are the roles the CMS makes."""

    email: str
    password: str
    name: str
    role: str
    groups: tuple[str, ...]
    superuser: bool = False


REVIEWER = "legal@egretta.example"
APPROVER = "counsel@egretta.example"
"""Two people answer for what a contract says: one writes and reads it, another approves it."""

PEOPLE = (
    Person(
        "admin@egretta.example", "egretta-admin", "店长 Admin", "everything", (), superuser=True
    ),
    Person(
        "marketer@egretta.example",
        "egretta-marketer",
        "林溪 Lin Xi",
        "models, prices, pages, releases",
        ("Marketers",),
    ),
    Person(
        "finance@egretta.example",
        "egretta-finance",
        "周野 Zhou Ye",
        "deposits and the ledger",
        ("Finance clerks",),
    ),
    Person(
        "finance2@egretta.example",
        "egretta-finance2",
        "沈岚 Shen Lan",
        "the second person at the finance desk",
        ("Finance clerks",),
    ),
    Person(
        "support@egretta.example",
        "egretta-support",
        "何汀 He Ting",
        "sees money, moves none",
        ("Support clerks",),
    ),
    Person(
        "sales@egretta.example",
        "egretta-sales",
        "陈湾 Chen Wan",
        "orders and contracts",
        ("Sales desk",),
    ),
    Person(REVIEWER, "egretta-legal", "沈砚 Shen Yan", "words of contracts", ("Legal",)),
    Person(
        APPROVER,
        "egretta-counsel",
        "顾衡 Gu Heng",
        "approves words of contracts",
        ("Legal approval",),
    ),
)
