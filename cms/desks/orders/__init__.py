"""The order desk: find an order, see all of it, move it, and know what is due today (`docs/rules/desk.md`)."""
