"""Contracts: services, tables and the renderer."""
