"""Tables of the catalog; private to catalog and cms."""

from catalog.models.builds import Build
from catalog.models.cars import Brand, Market, Model, ModelYear, ReferenceCar, Trim
from catalog.models.claims import IncentiveClaim
from catalog.models.law import LegalRow
from catalog.models.offers import (
    DepositPolicy,
    FinanceProduct,
    InsuranceProduct,
    Insurer,
    Lender,
    Premium,
    Service,
)
from catalog.models.options import Availability, Option, OptionGroup, Rule
from catalog.models.orders import OrderPolicy
from catalog.models.paying import PaymentMethod
from catalog.models.places import Place
from catalog.models.prices import Incentive, LeadTime, Price, PriceBook
from catalog.models.releases import Release, ReleasePointer, ReleaseSwitch
from catalog.models.stock import Reservation, StockVehicle

__all__ = [
    "Availability",
    "Brand",
    "Build",
    "DepositPolicy",
    "FinanceProduct",
    "Incentive",
    "IncentiveClaim",
    "InsuranceProduct",
    "Insurer",
    "LeadTime",
    "LegalRow",
    "Lender",
    "Market",
    "Model",
    "ModelYear",
    "Option",
    "OptionGroup",
    "OrderPolicy",
    "PaymentMethod",
    "Place",
    "Premium",
    "Price",
    "PriceBook",
    "ReferenceCar",
    "Release",
    "ReleasePointer",
    "ReleaseSwitch",
    "Reservation",
    "Rule",
    "Service",
    "StockVehicle",
    "Trim",
]
