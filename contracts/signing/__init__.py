"""The signing door. It stands empty: nothing here signs yet, and nothing pretends to.

Until a signer exists a contract is *accepted*: the buyer confirms the SHA-256 of the archived PDF
(`contracts.services.signing.accept`). Acceptance is recorded evidence, not an electronic signature.
A signer to come implements `contracts.signing.ports.Signer`, is opened from settings in this module, and
is called only by the worker; pyHanko is imported only inside this package.
"""
