"""Roles of the shop as groups with permissions: a marketer cannot see money, finance cannot edit content."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from cms.models import StorePage

EDIT = ("add", "change", "delete", "publish", "view")
WRITE = ("add", "change", "delete", "view")
"""For tables that are not published: approval stands in the place of it."""
CATALOGUE = [
    "brand",
    "market",
    "model",
    "modelyear",
    "trim",
    "optiongroup",
    "option",
    "availability",
    "rule",
    "referencecar",
    "place",
    "pricebook",
    "price",
    "leadtime",
    "incentive",
    "legalrow",
    "depositpolicy",
    "orderpolicy",
    "lender",
    "financeproduct",
    "insurer",
    "insuranceproduct",
    "premium",
    "service",
]
SALES = (
    "checkout.order",
    "checkout.quote",
    "checkout.insurancepolicy",
    "checkout.insurermessage",
    "contracts.contract",
    "catalog.stockvehicle",
)
LOANS = (
    "checkout.financeapplication",
    "checkout.financeoperation",
    "checkout.financemessage",
)
MONEY = (
    "checkout.payment",
    "checkout.ledgerentry",
    "checkout.ledgerleg",
    "checkout.webhookmessage",
)
BOOKS = (
    "checkout.vendorpayout",
    "checkout.vendormove",
    "checkout.vendordispute",
    "checkout.bankfile",
    "checkout.bankline",
    "checkout.outgoingtransfer",
    "checkout.moneyexception",
    "checkout.reconciliationrun",
)
"""What the finance desk shows; buyers ask support about it too."""
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "Marketers": {
        **{f"catalog.{name}": EDIT for name in CATALOGUE},
        "catalog.release": ("view", "add", "change"),
        "catalog.stockvehicle": ("view",),
        "cms.picture": ("add", "change", "delete", "view"),
        # To read and preview, never to write.
        "contracts.templateversion": ("view",),
        "contracts.clauseversion": ("view",),
    },
    "Finance clerks": {
        **dict.fromkeys((*MONEY, *SALES, *LOANS), ("view",)),
        # A second person decides about what the seller owes; orders are moved by others.
        "checkout.compensation": ("view", "change"),
        **dict.fromkeys(BOOKS, ("view",)),
        "checkout.bankfile": ("view", "import"),
        "checkout.bankline": ("view", "match"),
        # Two clerks: the one who proposed a transfer never decides about it.
        "checkout.outgoingtransfer": ("view", "approve", "send"),
        "checkout.moneyexception": ("view", "work", "resolve"),
        "checkout.reconciliationrun": ("view", "start"),
        "checkout.closedperiod": ("view", "close", "export"),
    },
    "Support clerks": {
        **dict.fromkeys(BOOKS, ("view",)),
        "checkout.order": ("view",),
        "checkout.quote": ("view",),
        "checkout.payment": ("view",),
        "checkout.compensation": ("view",),
        "contracts.contract": ("view",),
        # They take what is theirs and write what the buyer said; money is settled by finance.
        "checkout.moneyexception": ("view", "work"),
    },
    "Sales desk": {
        **dict.fromkeys(SALES, ("view",)),
        # Moves go through the order desk alone: the lists stay read only for everybody.
        "checkout.order": ("view", "change"),
        "checkout.compensation": ("view",),
        "checkout.payment": ("view",),
        "notify.noticelog": ("view", "change"),
    },
    "Legal": {
        "catalog.legalrow": EDIT,
        "contracts.templateversion": (*WRITE, "review"),
        "contracts.clauseversion": WRITE,
        "contracts.contract": ("view", "seal", "export"),
        "checkout.order": ("view",),
    },
    # The second yes is another person's: this role reads everything and writes nothing.
    "Legal approval": {
        "contracts.templateversion": ("view", "approve"),
        "contracts.clauseversion": ("view",),
        "contracts.contract": ("view",),
        "checkout.order": ("view",),
    },
}
WRITES_PAGES = ("Marketers",)


@transaction.atomic
def make_roles() -> None:
    """The groups above with exactly these permissions; a second call changes nothing."""
    for role, tables in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        wanted = [_permission("wagtailadmin", "access_admin")]
        for table, actions in tables.items():
            app, model = table.split(".")
            wanted += [_permission(app, f"{action}_{model}") for action in actions]
        group.permissions.set([permission for permission in wanted if permission is not None])
        if role in WRITES_PAGES:
            _let_write_pages(group)


def _permission(app: str, codename: str) -> Permission | None:
    return Permission.objects.filter(content_type__app_label=app, codename=codename).first()


def _let_write_pages(group: Group) -> None:
    root = StorePage.get_first_root_node()
    for action in ("add", "change", "publish"):
        permission = _permission("cms", f"{action}_storepage")
        if root is not None and permission is not None:
            GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)
    collection = Collection.get_first_root_node()
    for action in ("add", "change", "choose"):
        # Wagtail asks for the permissions of its own image model, whichever model holds the pictures.
        permission = _permission("wagtailimages", f"{action}_image")
        if collection is not None and permission is not None:
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=collection, permission=permission
            )
