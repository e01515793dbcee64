"""Tables of contracts: template versions and their clauses, contracts, and what happened to each.

Words that a contract quotes, the facts of a contract and its events are never changed: the database
itself refuses it (`0002_evidence`).
"""

from contracts.models.agreements import Contract, ContractEvent
from contracts.models.signing import Signature, SignedFile, SigningCode
from contracts.models.words import (
    CODE,
    ORDERS,
    SHA256,
    TONGUES,
    ClauseVersion,
    Specimens,
    TemplateApproval,
    TemplateClause,
    TemplateVersion,
    begun_text,
    begun_text_or_none,
    valid_text,
    valid_text_or_none,
)

__all__ = [
    "CODE",
    "ClauseVersion",
    "Contract",
    "ContractEvent",
    "ORDERS",
    "SHA256",
    "Signature",
    "SignedFile",
    "SigningCode",
    "Specimens",
    "TONGUES",
    "TemplateApproval",
    "TemplateClause",
    "TemplateVersion",
    "begun_text",
    "begun_text_or_none",
    "valid_text",
    "valid_text_or_none",
]
