"""Outgoing webhooks: other people's servers hear of events, signed and at least once (docs/guide/webhooks.md)."""
