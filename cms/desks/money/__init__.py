"""The finance desk: what has to be done today, and every page that does it (`docs/rules/finance-desk.md`)."""
