"""Contracts: rules without a database."""
