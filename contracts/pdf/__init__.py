"""The rendering door: a contract document in, the bytes of a PDF out.

`contracts.pdf.ports` says what a renderer promises; `contracts.pdf.weasy` is one and the only module that
imports WeasyPrint. Only `contracts.tasks` imports it, so the web process never carries its libraries.
"""
