"""What can go wrong with a contract.

ContractError
├── TemplateError
│   ├── TemplateFaults          the file breaks the format; carries every fault
│   ├── TemplateVersionTaken    that version exists with other words; raise the version
│   ├── TemplateVersionUsed     a contract quotes it, so its words stay
│   ├── NoTemplateInForce       no version of the template is in force at that moment
│   ├── TemplateStateConflict    the version cannot make that move now
│   ├── SamePerson              the second yes must be another person's
│   └── WordsRefused            the words fail their proofs; carries every fault
├── WordingError
│   ├── UnknownPlaceholder      a clause names a fact that no order has
│   ├── MissingFact             a clause needs a fact that this order does not have
│   └── FactsNotReadable        stored facts do not have the shape this release reads
├── DraftingError
│   ├── OrderNotReady           the order's facts cannot carry a contract yet
│   └── OrderEnded              the order was cancelled or handed over; it gets no new contract
├── ArchiveError
│   ├── NotInArchive            no bytes under that fingerprint
│   └── ArchiveDamaged          the bytes read back are not the bytes written
├── RenderingError              the renderer produced no usable PDF
├── SigningError
│   ├── SigningUnavailable      key or certificate authority cannot be reached now; try again later
│   │   └── TimestampUnavailable    no trusted timestamp now; never replaced by a plain time
│   ├── SigningMisconfigured    the settings name no usable key, certificate or authority
│   ├── NotSignable             the PDF has no such empty field, or what is in it forbids one more signature
│   ├── UnusablePicture         the drawn name is no picture with ink on it
│   ├── SignatureRequired       this shop's contracts are signed, not accepted by a click
│   ├── NobodyToReach           the order knows no address a code could be sent to
│   ├── CodeTooSoon             codes are sent a minute apart, and five an hour
│   ├── CodeRefused             wrong, used, expired, of another file, or tried too often
│   ├── ConsentOutdated         the text agreed to is not the present one
│   ├── UnusableSignature       the name or the drawing cannot be used
│   └── SealNotValid            the sealed file did not pass the strict verification
├── VerifierBusy                other uploads are being looked at just now
├── UnknownContract             no contract of that number, or the order has none
├── NotAContractNumber          the text cannot be a contract number
├── ContractNotIssued           there is no archived PDF yet
├── ContractStateConflict       the move is not allowed in the contract's present state
└── PdfMismatch                 the fingerprint accepted is not the fingerprint archived
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar


class ContractError(Exception):
    """Any refusal of this package; `code` is stable, `facts` can be written as JSON."""

    code: ClassVar[str] = "contract-error"

    def __init__(self, message: str, *, facts: Mapping[str, Any] | None = None) -> None:
        """`message`: plain English that names the field and the mend."""
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = MappingProxyType(dict(facts or {}))


class TemplateError(ContractError):
    """A contract template cannot be read, stored or found."""

    code = "template-error"


class TemplateFaults(TemplateError):
    """The template breaks the format; facts: `faults` = [{where, reason}], all of them."""

    code = "template-faults"


class TemplateVersionTaken(TemplateError):
    """The version exists with other words; facts: `template`, `version`."""

    code = "template-version-taken"


class TemplateVersionUsed(TemplateError):
    """A contract quotes this version, so its words cannot change; facts: `template`, `version`."""

    code = "template-version-used"


class NoTemplateInForce(TemplateError):
    """No version of the template is in force at that moment; facts: `template`, `at`."""

    code = "no-template-in-force"


class TemplateStateConflict(TemplateError):
    """The version cannot make that move now; facts: `version`, `state`, `move`, `moves` that are allowed."""

    code = "template-state-conflict"


class SamePerson(TemplateError):
    """The person said yes already, and two people must; facts: `version`, `actor`."""

    code = "template-same-person"


class WordsRefused(TemplateError):
    """The words fail their proofs; facts: `faults` = [{where, clause, language, variable, reason}], all of them."""

    code = "template-words-refused"


class WordingError(ContractError):
    """A clause cannot be worded for these facts."""

    code = "wording-error"


class UnknownPlaceholder(WordingError):
    """A clause names a fact that no order has; facts: `clause`, `placeholder`, `known`."""

    code = "unknown-placeholder"


class MissingFact(WordingError):
    """A clause needs a fact that this order does not have; facts: `clause`, `placeholder`."""

    code = "missing-fact"


class FactsNotReadable(WordingError):
    """Stored facts do not have the shape this release reads; facts: `where`, `reason`."""

    code = "facts-not-readable"


class DraftingError(ContractError):
    """A contract cannot be drafted."""

    code = "drafting-error"


class OrderNotReady(DraftingError):
    """The order's facts cannot carry a contract yet; facts: `order`, `reason`."""

    code = "order-not-ready"


class OrderEnded(DraftingError):
    """The order has ended, so it gets no new contract; facts: `order`, `reason` (its state)."""

    code = "order-ended"


class ArchiveError(ContractError):
    """The archive cannot keep or give back bytes."""

    code = "archive-error"


class NotInArchive(ArchiveError):
    """The archive holds no bytes under that fingerprint; facts: `sha256`."""

    code = "not-in-archive"


class ArchiveDamaged(ArchiveError):
    """The bytes read back are not the bytes that were written; facts: `sha256`, `found`."""

    code = "archive-damaged"


class RenderingError(ContractError):
    """The renderer produced no usable PDF; facts: `number`, `reason`."""

    code = "rendering-error"


class SigningError(ContractError):
    """A contract cannot be signed."""

    code = "signing-error"


class SigningUnavailable(SigningError):
    """Key or certificate authority cannot be reached; the job tries again later. Facts: `door`, `reason`."""

    code = "signing-unavailable"


class TimestampUnavailable(SigningUnavailable):
    """The time-stamping authority gave no usable token; nothing was signed. Facts: `door`, `reason`."""

    code = "timestamp-unavailable"


class SigningMisconfigured(SigningError):
    """The settings name no usable key, certificate or authority; facts: `setting`, `reason`."""

    code = "signing-misconfigured"


class NotSignable(SigningError):
    """The PDF cannot take this signature; facts: `field`, `reason`."""

    code = "not-signable"


class UnusablePicture(SigningError):
    """The drawn name is not a picture that can be printed; facts: `reason`."""

    code = "unusable-picture"


class VerifierBusy(ContractError):
    """Other uploads are being looked at just now; the same file may be sent again in a moment."""

    code = "verifier-busy"


class UnknownContract(ContractError):
    """There is no contract of that number, or the order has none."""

    code = "unknown-contract"


class NotAContractNumber(ContractError):
    """The text cannot be a contract number; a number looks like FC-2026-K7Q2M4XW."""

    code = "not-a-contract-number"


class ContractNotIssued(ContractError):
    """The contract has no archived PDF yet; facts: `number`, `state`."""

    code = "contract-not-issued"


class ContractStateConflict(ContractError):
    """The move is not allowed now; facts: `number`, `state`, `move`, `moves` that are allowed."""

    code = "contract-state-conflict"


class PdfMismatch(ContractError):
    """The fingerprint accepted is not the fingerprint archived; facts: `number`, `given`."""

    code = "pdf-mismatch"


class SignatureRequired(SigningError):
    """This shop's contracts are signed with a one-time code; facts: `number`."""

    code = "signature-required"


class NobodyToReach(SigningError):
    """The order knows no address that a code could be sent to; facts: `number`."""

    code = "nobody-to-reach"


class CodeTooSoon(SigningError):
    """A code was sent just now, or too many of them; facts: `number`, `retry_after` (seconds)."""

    code = "code-too-soon"


class CodeRefused(SigningError):
    """The code does not sign; facts: `number`, `reason` (wrong, used, expired, tries, none), `tries_left`."""

    code = "code-refused"


class ConsentOutdated(SigningError):
    """Another text was agreed to than is in force; facts: `given`, `version`."""

    code = "consent-outdated"


class UnusableSignature(SigningError):
    """The name or the drawing cannot be used; facts: `field`, `reason`."""

    code = "unusable-signature"


class SealNotValid(SigningError):
    """The sealed file did not pass the strict verification, so the contract is not complete; facts: `number`, `failed`."""

    code = "seal-not-valid"
