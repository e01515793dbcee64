"""The configurator's page as plain data: groups and cards from the API's document and the state it evaluated.

The same markup serves with and without script. Without, the whole form is sent; `clicks` finds what the
visitor changed since, and the view asks the API about each change in turn, as the script does one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.web import brand, formatting, paint, pictures
from storefront.web.shop import Shop

TRIM = "trim:"
OPEN_GROUPS = ("paint", "wheels", "interior", "seats", "battery", "comfort", "packages")
"""Groups shown open, in this order; the others follow folded, before the packages."""
LAST_OPEN = "packages"
ON_CAR = frozenset({"selected", "included"})
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Click:
    """One thing the visitor changed."""

    option: str
    want: bool


def kind_of(group: str) -> str:
    """How a group's cards are drawn."""
    return {"paint": "paint", "wheels": "wheels", "interior": "interior"}.get(group, "plain")


def sent_choices(data: Mapping[str, Any]) -> set[str]:
    """The options a sent form holds: radios `g-GROUP` and checkboxes `c`."""
    found: set[str] = set()
    for name, values in data.items():
        if name == "c" or name.startswith("g-"):
            found.update(value for value in values if value)
    return found


def clicks(document: Json, state: Json, sent: set[str]) -> list[Click]:
    """What the visitor changed in a sent form, compared with the state it was drawn from."""
    statuses: Json = state["statuses"]
    before = list(state["choices"])
    groups = {o["code"]: g for g in document["groups"] for o in g["options"]}
    added = [
        code for code in _order(document) if code in sent and _status(statuses, code) not in ON_CAR
    ]
    gone = [code for code in before if code not in sent and _slot(groups, code) is None]
    return [Click(code, False) for code in gone] + [Click(code, True) for code in added]


def _order(document: Json) -> list[str]:
    trims = [t["choice"] for t in document["trims"]]
    return trims + [o["code"] for g in document["groups"] for o in g["options"]]


def _slot(groups: Mapping[str, Json], code: str) -> str | None:
    """The place only one option can hold: the trim, or a group of which exactly one is on the car."""
    if code.startswith(TRIM):
        return "trim"
    group = groups.get(code)
    return str(group["code"]) if group and group["choose"] == "one" else None


def _status(statuses: Json, code: str) -> str:
    return str((statuses.get(code) or {}).get("status", "unavailable"))


class Drawn:
    """The page's data for one document and state."""

    def __init__(self, shop: Shop, document: Json, state: Json) -> None:
        self.shop = shop
        self.document = document
        self.state = state
        self.statuses: Json = state["statuses"]
        self.prices: Json = state.get("prices") or {}
        self.names = self.names_of(document)
        self.groups = {g["code"]: g for g in document["groups"]}
        self.trim = next(
            (t for t in document["trims"] if _status(self.statuses, t["choice"]) in ON_CAR),
            document["trims"][0],
        )

    @staticmethod
    def names_of(document: Json) -> dict[str, str]:
        """The name of every option and trim of a document."""
        names = {o["code"]: o["name"] for g in document["groups"] for o in g["options"]}
        return names | {t["choice"]: t["name"] for t in document["trims"]}

    # cards

    def trims(self) -> list[Json]:
        """One card a trim: price, two figures and the delivery."""
        return [
            {
                "code": t["choice"],
                "name": t["name"],
                "group": "trim",
                "price": self.prices.get(t["choice"]) or t["price"],
                "more": self._trim_words(t),
                "status": _status(self.statuses, t["choice"]),
                "checked": t is self.trim,
                "off": _status(self.statuses, t["choice"]) == "unavailable",
            }
            for t in self.document["trims"]
        ]

    def _trim_words(self, trim: Json) -> str:
        specs = trim.get("specs") or {}
        parts = []
        distance = specs.get(brand.range_figure(self.shop.market))
        if distance:
            parts.append(f"{formatting.spec(distance)} km")
        if specs.get("zero_to_100_s"):
            parts.append(f"{formatting.spec(specs['zero_to_100_s'])} {self.shop.t('unit.s')}")
        if specs.get("drive"):
            parts.append(self.shop.t(f"drive.{specs['drive']}"))
        return " · ".join(parts)

    def cards(self, group: Json) -> list[dict[str, Any]]:
        """The cards of a group; an option no trim offers in this market is not there."""
        return [
            self._card(group, option)
            for option in group["options"]
            if option["price"] or option["availability"]
        ]

    def _card(self, group: Json, option: Json) -> dict[str, Any]:
        code = option["code"]
        status = _status(self.statuses, code)
        one = group["choose"] == "one"
        by = self._by(code)
        return {
            "code": code,
            "name": option["name"],
            "group": group["code"],
            "more": self._more(option),
            "kind": kind_of(group["code"]),
            "swatch": option.get("swatch"),
            "status": status,
            "price": self.prices.get(code) or self._asked(option),
            "free": not self._amount(option),
            "checked": status in ON_CAR,
            "off": status == "unavailable",
            "fixed": not one and status == "included",
            "quiet": not one and status == "included" and not by,
            "by": by,
            "name_by": self.shop.t("conf.withpackage", by) if by else self.shop.t("conf.standard"),
            "side": self._picture(code, "side") if group["code"] == "paint" else None,
            "quarter": self._picture(code, "q") if group["code"] == "paint" else None,
        }

    def _amount(self, option: Json) -> int:
        asked = self.prices.get(option["code"]) or self._asked(option)
        return int(asked["amount"]) if asked else 0

    def _asked(self, option: Json) -> Json | None:
        trim = self.trim["code"]
        found = option["price"].get(trim) or next(iter(option["price"].values()), None)
        return found if isinstance(found, Mapping) else None

    def _more(self, option: Json) -> str:
        parts = [option.get("pitch") or ""]
        inside = [self.names[c] for c in option.get("contains") or () if c in self.names]
        if inside:
            parts.append(self.shop.t("conf.contains", self.shop.t("list.sep").join(inside)))
        return " ".join(p for p in parts if p)

    def _by(self, code: str) -> str | None:
        """The name of what brought an included option along; None for what is standard."""
        by = (self.statuses.get(code) or {}).get("by")
        codes = by if isinstance(by, list) else [by] if by else []
        names = [self.names[c] for c in codes if c in self.names and not str(c).startswith(TRIM)]
        return self.shop.t("list.sep").join(names) or None

    # groups

    def sections(self) -> list[dict[str, Any]]:
        """The groups in the order of the page."""
        shown = [self._section(g) for g in self.document["groups"]]
        filled = [s for s in shown if s["cards"]]
        rank = {code: i for i, code in enumerate(OPEN_GROUPS[:-1])}
        opened = sorted((s for s in filled if s["code"] in rank), key=lambda s: rank[s["code"]])
        folded = [s for s in filled if s["folded"]]
        packages = [s for s in filled if s["code"] == LAST_OPEN]
        return opened + packages + folded

    def _section(self, group: Json) -> dict[str, Any]:
        cards = self.cards(group)
        quiet = [c["name"] for c in cards if c["quiet"]]
        chosen = [c["name"] for c in cards if c["checked"] and not c["quiet"]]
        return {
            "code": group["code"],
            "name": group["name"],
            "one": group["choose"] == "one",
            "kind": kind_of(group["code"]),
            "cards": cards,
            "folded": group["code"] not in OPEN_GROUPS,
            "included": self.shop.t("list.sep").join(quiet),
            "chosen": self.shop.t("list.sep").join(chosen),
            "now": next((c for c in cards if c["checked"]), None),
        }

    # pictures

    def _on_car(self, group: str) -> str | None:
        found = self.groups.get(group)
        options = found["options"] if found else ()
        codes = [o["code"] for o in options]
        selected = [c for c in codes if _status(self.statuses, c) == "selected"]
        return next(
            iter(selected or [c for c in codes if _status(self.statuses, c) in ON_CAR]), None
        )

    @property
    def wheel(self) -> str | None:
        """The wheels on the car."""
        return self._on_car("wheels")

    @property
    def paint(self) -> Json | None:
        """The paint option on the car."""
        code = self._on_car("paint")
        return (
            next((o for o in self.groups["paint"]["options"] if o["code"] == code), None)
            if code
            else None
        )

    def _picture(
        self, paint_code: str, view: str, style: str | None = None
    ) -> pictures.Picture | None:
        option = next(o for o in self.groups["paint"]["options"] if o["code"] == paint_code)
        return pictures.of_car(
            self.document["model"],
            paint_code=paint_code,
            tone=(option.get("swatch") or {}).get("hex"),
            wheel=style or self.wheel,
            view=view,
        )

    def views(self) -> dict[str, pictures.Picture | None]:
        """The stage: three-quarter and side view of the car as it stands."""
        found = self.paint
        if not found:
            return {"q": None, "side": None}
        return {view: self._picture(found["code"], view) for view in ("q", "side")}

    def art(self) -> dict[str, Any]:
        """For the island: every paint's pictures by wheel design, tints and colours."""
        wheels = self.groups.get("wheels", {"options": ()})["options"]
        styles = {o["code"]: brand.wheel_style(self.document["model"], o["code"]) for o in wheels}
        found: dict[str, Any] = {"wheels": styles, "paints": {}}
        sample = {style: code for code, style in styles.items()}
        for option in self.groups.get("paint", {"options": ()})["options"]:
            by_style = {
                style: {
                    view: picture.src
                    for view in ("q", "side")
                    if (picture := self._picture(option["code"], view, code))
                }
                for style, code in sample.items()
            }
            found["paints"][option["code"]] = {
                "pictures": by_style,
                "swatch": option.get("swatch") or {},
                "tint": paint.tint((option.get("swatch") or {}).get("hex")),
            }
        return found


def repair_words(shop: Shop, repair: Json) -> dict[str, Any]:
    """A repair as a button: what to do, and what it changes."""
    sep = shop.t("list.sep")
    adds = sep.join(x["name"] for x in repair["adds"])
    removes = sep.join(x["name"] for x in repair["removes"])
    if adds and removes:
        title = shop.t("conf.repair.swap", removes, adds)
    elif adds:
        title = shop.t("conf.repair.add", adds)
    else:
        title = shop.t("conf.repair.remove", removes)
    days = int(repair.get("days_difference") or 0)
    when = "same" if not days else "days" if days > 0 else "sooner"
    return {
        "title": title,
        "detail": shop.t(f"conf.repair.{when}", abs(days)) if days else shop.t("conf.repair.same"),
        "price_difference": repair["price_difference"],
        "choices": ",".join(repair["choices"]),
    }


def why_not(shop: Shop, name: str, answer: Json) -> dict[str, Any]:
    """Why an option does not fit, in the words of the rules, and the ways to it."""
    conflict = answer.get("conflict") or {}
    texts = [r["text"] for r in conflict.get("rules") or () if r.get("text")]
    texts += [_structure(shop, s) for s in conflict.get("structure") or ()]
    others = [c["name"] for c in conflict.get("choices") or () if c["name"] != name]
    found = [repair_words(shop, r) for r in answer.get("repairs") or ()]
    return {
        "name": name,
        "text": " ".join(t for t in texts if t),
        "others": shop.t("list.sep").join(others),
        "repairs": found,
        "repair": found[0] if found else None,
        "rest": found[1:],
    }


def _structure(shop: Shop, part: Any) -> str:
    if isinstance(part, Mapping):
        return str(part.get("text") or part.get("name") or "")
    return ""


def changes(
    names: Mapping[str, str], before: Sequence[str], after: Sequence[str], clicked: Iterable[str]
) -> list[Json]:
    """What moved between two sets of choices, the click itself first."""
    first = set(clicked)
    added = [c for c in after if c not in before]
    removed = [c for c in before if c not in after]
    rows = [{"code": c, "name": names.get(c, c), "want": True} for c in added]
    rows += [{"code": c, "name": names.get(c, c), "want": False} for c in removed]
    return sorted(rows, key=lambda row: row["code"] not in first)
