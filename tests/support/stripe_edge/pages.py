"""TEST ONLY: the pages that Stripe and the wallets show, as plain as can be."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>"""

_ANSWERS = """<script>
const answer = () => Object.fromEntries([...document.querySelectorAll('input')].map(i => [i.name, i.value.replace(/\\s/g, '')]));
const card = said => said.expiry === undefined ? {} : { number: said.number, exp_month: said.expiry.split('/')[0],
  exp_year: '20' + (said.expiry.split('/')[1] ?? ''), cvc: said.cvc };
addEventListener('message', event => event.data.kind === 'fields'
  && event.source.postMessage({ kind: 'fields', fields: card(answer()) }, event.origin));
parent.postMessage({ kind: 'ready' }, '*');
</script>"""

_CARD = """<p><label>Card number <input name="number" autocomplete="cc-number" inputmode="numeric"></label></p>
<p><label>Expiry <input name="expiry" autocomplete="cc-exp" placeholder="MM / YY"></label></p>
<p><label>CVC <input name="cvc" autocomplete="cc-csc"></label></p>"""


def fields(method: str) -> str:
    """The frame with the fields of a method; a wallet has none."""
    body = _CARD if method == "card" else f"<p>{escape(method)} opens its own page.</p>"
    return _PAGE.format(title="Payment details", body=body + _ANSWERS)


def wallet(method: str, amount: str) -> str:
    """The page of Alipay or WeChat Pay, where the buyer approves or turns back."""
    body = f"""<p>{escape(amount)}</p><form method="post"><button name="result" value="approve">Approve</button>
<button name="result" value="cancel">Cancel</button></form>"""
    return _PAGE.format(title=escape(method), body=body)


def challenge() -> str:
    """The bank's question in 3-D Secure."""
    body = """<form method="post"><button name="result" value="complete">Complete</button>
<button name="result" value="fail">Fail</button></form>"""
    return _PAGE.format(title="Your bank asks: is this you?", body=body)


def challenged() -> str:
    """After the bank's question: the frame tells the page around it."""
    body = "<script>parent.postMessage({ kind: 'challenged' }, '*')</script>"
    return _PAGE.format(title="Thank you", body=body)
