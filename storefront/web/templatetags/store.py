"""What the store's templates can say: words, sums, dates, pictures, icons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from storefront.web import brand, formatting, paint, pictures
from storefront.web.texts import TEXTS, text

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: Mapping[str, Any], key: str, *facts: Any) -> SafeString:
    """The words of `key` in the page's language; `facts` fill {0}, {1} and are escaped."""
    words = text(key, context["lang"])
    return format_html(words, *facts) if facts else mark_safe(words)  # noqa: S308 - our own words


@register.simple_tag
def money(value: Mapping[str, Any] | None, cents: bool = False, plus: bool = False) -> str:
    """A sum as markup; nothing for None."""
    return formatting.markup(value, cents=cents, plus=plus) if value else ""


@register.simple_tag
def cash(value: Mapping[str, Any] | None, cents: bool = False, plus: bool = False) -> str:
    """A sum as plain text, for sentences and labels."""
    return formatting.plain(value, cents=cents, plus=plus) if value else ""


@register.simple_tag
def figure(value: Mapping[str, Any] | None, cents: bool = False) -> str:
    """A sum without its sign, for sentences that name the currency themselves."""
    return formatting.figure(value, cents=cents) if value else ""


@register.simple_tag(takes_context=True)
def currency_name(context: Mapping[str, Any], code: str) -> str:
    """A currency in words where the shop has them, else its code."""
    key = f"currency.{code}"
    return text(key, context["lang"]) if key in TEXTS else code


@register.simple_tag(takes_context=True)
def when(context: Mapping[str, Any], value: Any) -> str:
    """A moment in the shop's time zone."""
    return formatting.moment(value, context["lang"]) if value else ""


@register.simple_tag(takes_context=True)
def on_day(context: Mapping[str, Any], value: Any) -> str:
    """A day."""
    return formatting.day(value, context["lang"]) if value else ""


@register.simple_tag(takes_context=True)
def on_date(context: Mapping[str, Any], value: Any) -> str:
    """A day with its year, for what lies far off."""
    return formatting.full_day(value, context["lang"]) if value else ""


@register.simple_tag(takes_context=True)
def days(context: Mapping[str, Any], first: Any, last: Any) -> str:
    """A range of days."""
    return formatting.day_range(first, last, context["lang"]) if first and last else ""


@register.simple_tag
def monthly(value: Mapping[str, Any] | None) -> str:
    """A monthly amount before there is a quote: whole units, as text."""
    return formatting.plain(formatting.whole(value)) if value else ""


@register.filter
def latin(model: str, lang: str) -> str:
    """The model's Latin name beside a Chinese one."""
    return brand.LATIN.get(model, "") if lang == "zh" else ""


@register.simple_tag(takes_context=True)
def long_moment(context: Mapping[str, Any], value: Any) -> str:
    """A moment as it stands on a document: with its year, and the shop's time zone."""
    at = formatting.parse_moment(value)
    return f"{formatting.full_day(at.date(), context['lang'])} {at:%H:%M} (UTC{at:%z})"


@register.simple_tag(takes_context=True)
def paid_with(context: Mapping[str, Any], paid: Mapping[str, Any]) -> str:
    """What a payment was made with: its method, and the card's brand and last digits where the vendor says them."""
    lang, means = context["lang"], paid.get("means") or {}
    key = f"pay.method.{paid['method']}"
    name = text(key, lang) if key in TEXTS else str(paid["method"])
    if paid["method"] != "card" or not means.get("last4"):
        return name
    brand_key = f"means.{means.get('brand', '')}"
    called = text(brand_key, lang) if brand_key in TEXTS else name
    return text("means.ending", lang).format(called, means["last4"])


@register.filter
def percent(value: Any) -> str:
    """A share as percent, without the sign."""
    return formatting.rate(value) if value not in (None, "") else ""


@register.filter
def spec(value: Any) -> str:
    """A technical figure."""
    return formatting.spec(value)


@register.filter
def get(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """`mapping[key]`, or nothing."""
    return (mapping or {}).get(key)


@register.filter
def fours(value: str | None) -> str:
    """A fingerprint in groups of four."""
    digits = value or ""
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


@register.filter
def glyph(model: str) -> str:
    """The character of a model, or nothing."""
    return brand.GLYPHS.get(model, "")


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite; decoration, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("web/img/icons.svg"),
        name,
    )


@register.simple_tag
def symbol(name: str, css: str) -> SafeString:
    """A larger drawing of the sprite."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        static("web/img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def page(context: Mapping[str, Any], name: str, *parts: Any) -> str:
    """The address of a page of the store in the page's language."""
    return reverse(f"web:{name}", args=[context["lang"], *parts])


@register.simple_tag
def chip(code: str, swatch: Mapping[str, Any] | None, label: str) -> SafeString:
    """A paint chip: colour is data, drawn with attributes so that no inline style is needed."""
    tone = (swatch or {}).get("hex")
    second = (swatch or {}).get("hex2")
    top = (
        format_html('<path d="M0 0H56V30C38 42 18 36 0 46Z" fill="#{}"/>', paint.clean_hex(second))
        if second
        else ""
    )
    return format_html(
        '<svg viewBox="0 0 56 72" role="img" aria-label="{0}"><defs><linearGradient id="g-{1}" x1="0" y1="0" x2=".35" y2="1">'
        '<stop offset="0" stop-color="#{2}"/><stop offset="1" stop-color="#{3}"/></linearGradient></defs>'
        '<rect width="56" height="72" rx="8" fill="url(#g-{1})"/>{4}'
        '<path d="M0 44C18 36 38 40 56 30V0H0Z" fill="#fff" opacity=".13"/></svg>',
        label,
        code,
        paint.shade(tone, 0.06),
        paint.shade(tone, -0.09),
        top,
    )


@register.simple_tag
def leather(swatch: Mapping[str, Any] | None) -> SafeString:
    """A swatch of upholstery with its seam."""
    tone = (swatch or {}).get("hex")
    return format_html(
        '<svg class="choice__art" viewBox="0 0 52 52" aria-hidden="true"><rect width="52" height="52" rx="8" fill="#{}"/>'
        '<path d="M26 0V52" stroke="#{}" stroke-width="2"/><path d="M23 0V52M29 0V52" stroke="#{}" stroke-dasharray="3 3"/></svg>',
        paint.clean_hex(tone),
        paint.shade(tone, -0.08),
        paint.shade(tone, 0.09),
    )


@register.simple_tag
def wheel(code: str) -> SafeString:
    """The drawing that stands for a wheel option."""
    return symbol(brand.wheel_icon(code), "choice__art")


@register.simple_tag
def tint(swatch_hex: str | None) -> str:
    """The page tint of a paint, six hex digits."""
    return paint.tint(swatch_hex)


@register.simple_tag
def drawing(model: str, swatch: Mapping[str, Any] | None) -> SafeString:
    """The model's side view as inline SVG in the paint's colour; an island repaints it through CSSOM."""
    return mark_safe(pictures.drawing(model, swatch))  # noqa: S308 - our own file, colours cleaned


@register.simple_tag(takes_context=True)
def why_words(context: Mapping[str, Any], key: str) -> str:
    """Words that may be missing: nothing for a key nobody wrote."""
    return text(key, context["lang"]) if key in TEXTS else ""


@register.simple_tag(takes_context=True)
def problem_words(context: Mapping[str, Any], code: str) -> str:
    """The shop's own words for an error of the API, or nothing."""
    key = f"problem.{code}"
    return text(key, context["lang"]) if key in TEXTS else ""


@register.filter
def getlist(query: Any, name: str) -> list[str]:
    """Every value of a query parameter."""
    found: list[str] = query.getlist(name)
    return found
