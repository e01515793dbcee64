"""Figures, one module a group; `make bench [ONLY=group]`."""
