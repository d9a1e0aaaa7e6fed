"""What every page shows around its content: navigation and the language switch."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

#: Code, the language's own name, and how a link to it is announced.
LANGUAGES = (("uk", "Українська"), ("en", "English"))
DEFAULT_LANGUAGE = "uk"


@dataclass(frozen=True)
class Item:
    """One link of the navigation; `current` when the reader is in that part of the portal."""

    title: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class LanguageLink:
    """The same page in another language."""

    code: str
    name: str
    href: str
    current: bool


def main_navigation(request: HttpRequest) -> list[Item]:
    """Return the links of the portal's head, the reader's part marked."""
    path = request.path_info
    home, public_map, search = reverse("portal:home"), reverse("publicmap:map"), reverse("portal:search")
    indicators = reverse("indicators:list")
    return [
        Item(pgettext("portal", "Home"), home, path == home),
        Item(pgettext("portal", "Map and list"), public_map, path.startswith(public_map)),
        Item(_("Search"), search, path == search),
        Item(_("Indicators"), indicators, path.startswith(indicators)),
        Item(_("Data catalogue"), "/catalogue/"),
        Item(_("For developers"), f"/ogcapi/?lang={get_language() or DEFAULT_LANGUAGE}"),
    ]


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """Return this page's address in each language, with its query kept.

    Ukrainian has no prefix, other languages have their code: the path is rewritten rather than resolved, so that
    an address without a view (an error page) switches as well.
    """
    bare = request.path_info
    for code, _name in LANGUAGES:
        if code != DEFAULT_LANGUAGE and (bare == f"/{code}" or bare.startswith(f"/{code}/")):
            bare = bare[len(code) + 1 :] or "/"
            break
    # The path is percent-decoded by now: encode it again, and never let it begin with "//" (another host).
    encoded = "/" + quote(bare.lstrip("/"), safe="/:@!$&'()*+,;=~")
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    current = get_language() or DEFAULT_LANGUAGE
    return [
        LanguageLink(code, name, ("" if code == DEFAULT_LANGUAGE else f"/{code}") + encoded + query, current.startswith(code))
        for code, name in LANGUAGES
    ]
