"""Two people who answer for the words of contracts in tests."""

from __future__ import annotations

from contracts.services.templates import TwoPeople

LAWYERS = TwoPeople(reviewer="legal@example.com", approver="counsel@example.com")
