"""The addresses of the store: the language is the first part of every page's path."""

from django.urls import path, re_path, register_converter

from storefront.web.views import (
    account,
    amending,
    cancelling,
    checkout,
    compare,
    configure,
    content,
    contract,
    cover,
    credit,
    delivery,
    errors,
    finance,
    home,
    locking,
    look,
    market,
    order,
    pay,
    quote,
    repaying,
    stock,
    withdrawal,
)


class Language:
    """`zh` or `en`."""

    regex = "zh|en"

    def to_python(self, value: str) -> str:
        """As it stands in the path."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands in the path."""
        return value


register_converter(Language, "lang")

app_name = "web"
urlpatterns = [
    path("", look.start, name="start"),
    path("store/tones/<slug:codes>.css", look.tones, name="tones"),
    path("store/drawings/<slug:model>/<slug:tone>.svg", look.drawing, name="drawing"),
    path("<lang:lang>/", home.home, name="home"),
    path("<lang:lang>/look", look.look, name="look"),
    path("<lang:lang>/market", market.choose, name="market"),
    path("<lang:lang>/easy", look.easy, name="easy"),
    path("<lang:lang>/models/<slug:code>", home.model, name="model"),
    path("<lang:lang>/models/<slug:code>/configure", configure.configure, name="configure"),
    path("<lang:lang>/models/<slug:code>/quote", configure.start_quote, name="start_quote"),
    path("<lang:lang>/compare", compare.compare, name="compare"),
    path("<lang:lang>/compare/quote", compare.quote_build, name="quote_build"),
    path("<lang:lang>/stock", stock.stock, name="stock"),
    path("<lang:lang>/stock/<slug:vin>", stock.vehicle, name="vehicle"),
    path("<lang:lang>/stock/<slug:vin>/quote", stock.start_quote, name="quote_vehicle"),
    path("<lang:lang>/quote/<slug:code>", quote.quote, name="quote"),
    path("<lang:lang>/quote/<slug:code>/change", quote.change, name="change_quote"),
    path("<lang:lang>/checkout/<slug:code>", checkout.checkout, name="checkout"),
    path("<lang:lang>/checkout/<slug:code>/loan", credit.sheet, name="credit"),
    path("<lang:lang>/pay/<slug:code>", pay.pay, name="pay"),
    path("<lang:lang>/pay/<slug:code>/state", pay.pay_state, name="pay_state"),
    path("<lang:lang>/orders", order.find, name="find"),
    path("<lang:lang>/orders/<slug:code>", order.order, name="order"),
    path("<lang:lang>/orders/<slug:code>/state", order.order_state, name="order_state"),
    path("<lang:lang>/orders/<slug:code>/receipts/<slug:number>", pay.receipt, name="receipt"),
    path("<lang:lang>/orders/<slug:code>/account", repaying.account, name="repaying"),
    path("<lang:lang>/orders/<slug:code>/lock", locking.lock, name="lock"),
    path("<lang:lang>/orders/<slug:code>/cancel", cancelling.cancel, name="cancel"),
    path("<lang:lang>/orders/<slug:code>/change", amending.change, name="amend"),
    path("<lang:lang>/orders/<slug:code>/change/loan", amending.sheet, name="amend_sheet"),
    path("<lang:lang>/orders/<slug:code>/handover", delivery.handover, name="handover"),
    path("<lang:lang>/orders/<slug:code>/priority", delivery.priority, name="priority"),
    path(
        "<lang:lang>/orders/<slug:code>/photos/<int:inspection>/<int:number>",
        delivery.photo,
        name="photo",
    ),
    path("<lang:lang>/orders/<slug:code>/finance", finance.finance, name="finance"),
    path("<lang:lang>/orders/<slug:code>/insurance", cover.cover, name="cover"),
    path("<lang:lang>/withdraw", withdrawal.withdraw, name="withdraw"),
    path("<lang:lang>/orders/<slug:code>/contract", contract.contract, name="contract"),
    path("<lang:lang>/orders/<slug:code>/contract.pdf", contract.contract_pdf, name="contract_pdf"),
    path("<lang:lang>/verify", content.verify, name="verify"),
    path("<lang:lang>/verify/<slug:number>", content.verify, name="verify_number"),
    path("<lang:lang>/stories", content.stories, name="stories"),
    path("<lang:lang>/stories/<slug:slug>", content.story, name="story"),
    path("<lang:lang>/help", content.help_page, name="help"),
    path("<lang:lang>/legal", content.legal, name="legal"),
    path("<lang:lang>/account", account.account, name="account"),
    re_path(r"^(?P<lang>zh|en)/(?P<rest>.*)$", errors.nothing_here, name="nothing_here"),
]
