"""TEST ONLY: what a browser meets of Stripe, in front of the stand-in that plays its API.

Serves `stripe.js` with the calls the shop makes, takes the browser's confirmation (publishable key and client secret),
and plays what the stand-in cannot: the pages of Alipay and WeChat Pay, 3-D Secure, declined redirects, limits of
amounts, lost and slow answers. The shop differs from a real one by two settings, STRIPE_API_BASE and STRIPE_JS_URL.
"""

from tests.support.stripe_edge.edge import Fault, StripeEdge

__all__ = ["Fault", "StripeEdge"]
