"""Tables of the checkout; private to `checkout` and the CMS."""

from checkout.models.orders import DeliveryPromise, Order, OrderEvent
from checkout.models.quotes import Quote

__all__ = ["DeliveryPromise", "Order", "OrderEvent", "Quote"]
