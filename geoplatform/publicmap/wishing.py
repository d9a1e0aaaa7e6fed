"""A wish typed into the map's search («найближча відкрита аптека») is read as the query that it means."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap.parameters import MAX_WORDS_LENGTH, Notice, normalise
from geoplatform.search import wishes
from geoplatform.search.wishes import Wish


def read(values: Sequence[str], available: list[PublishedLayer]) -> Wish | None:
    """Return the wish that the words are, None when they are just words to look for."""
    text = normalise(" ".join(values))
    return wishes.read(text, available) if 0 < len(text) <= MAX_WORDS_LENGTH else None


def place(values: Sequence[str]) -> str:
    """Return the address that a wish among published layers names, "" for none. Raises psycopg.Error."""
    text = normalise(" ".join(values))
    if not 0 < len(text) <= MAX_WORDS_LENGTH or not wishes.may_name_a_place(text):
        return ""
    wish = wishes.read(text, wishes.published())
    return wish.place if wish else ""


def told(wish: Wish) -> Notice:
    """Return how the wish was understood: «Шукаємо так: аптека; відчинено зараз; найближчі спершу.»"""
    parts = [wish.kind.title.in_language(get_language() or "uk")]
    if wish.open:
        parts.append(_("open now"))
    if wish.nearest:
        parts.append(pgettext("wish", "nearest first"))
    return Notice("note", _("Understood as: %(wish)s.") % {"wish": "; ".join(parts)})
