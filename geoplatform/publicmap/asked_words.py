"""What the reader asked for, in words: told with every answer, so that who does not see the form knows what was looked for."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import formats
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from geoplatform.layers.published import PublishedLayer
from geoplatform.places import words
from geoplatform.publicmap import accessibility, current, foot_words, profiles
from geoplatform.publicmap.answer import Answer
from geoplatform.publicmap.areas import Area
from geoplatform.publicmap.parameters import Moment, Origin
from geoplatform.publicmap.query import Query

#: Layers that are named; of more only the first ones are, and how many more there are.
MAX_LAYERS = 4


def narrowed(found: Answer, available: Sequence[PublishedLayer], kind: str = "") -> str:
    """Return what the answer is narrowed to, as it follows how much was found: « у шарі «Аптеки» (відчинено зараз)».

    kind: code of the one kind that the number before it names already. Begins with a space; "" where nothing narrows it.
    """
    query = found.query
    parts = [_in_layers(found, told=bool(kind)), where(found.area) if found.area else ""]
    if query.near and query.within:
        limit = foot_words.limit(query.within, found.conditions.walks)
        parts.append(_("within %(distance)s %(from)s") % {"distance": limit, "from": from_where(query.near)})
    conditions = _conditions(query, available, kind)
    if conditions:
        parts.append(f"({'; '.join(conditions)})")
    return "".join(f" {part}" for part in parts if part)


def needs(query: Query) -> str:
    """Return whose needs places are compared with, as a sentence; "" for nobody's."""
    profile = profiles.find(query.profile)
    return _("Your needs: “%(profile)s”.") % {"profile": profile.title.in_language(_language())} if profile else ""


def order(query: Query) -> str:
    """Return in which order the list is, as a sentence, where the reader has chosen one."""
    told = {
        "name": _("The list goes layer by layer, by the alphabet."),
        "distance": _("The list begins with the nearest."),
        "fit": _("The list begins with what fits you best."),
    }
    return told.get(query.sort, "")


def start(query: Query) -> str:
    """Return from where distances are measured, as a sentence; "" where they are not."""
    if query.near is None:
        return ""
    if query.near.private:
        return _("Distances are measured from where you are.")
    if query.near.text:
        return _("Distances are measured from “%(address)s”.") % {"address": query.near.text}
    return _("Distances are measured from the chosen point.")


def where(area: Area) -> str:
    """Return the area as it follows what lies in it: «у Подільському районі», «уздовж вулиці Садової», `in …`."""
    language = _language()
    name = area.in_language(language)
    if language.startswith("en"):
        frame = {"street": "along %s", "settlement": "in and around %s"}.get(area.kind, "in %s")
        return frame % name
    if area.kind == "street":
        declined = words.genitive(name)
        return f"уздовж {declined}" if declined else f"уздовж вулиці «{name}»"
    declined = words.locative(name)
    inside = f"{_preposition(declined)} {declined}" if declined else f"на території «{name}»"
    return f"{inside} та довкола" if area.kind == "settlement" else inside


def opened(moment: Moment) -> str:
    """Return when places are open: «відчинено зараз», «відчинено 23 листопада 2026 р. о 10:00»."""
    if moment.now:
        return _("open now")
    return _("open on %(day)s at %(time)s") % {"day": formats.date_format(moment.at, "DATE_FORMAT"), "time": f"{moment.at:%H:%M}"}


def from_where(origin: Origin) -> str:
    """Return the origin as it follows a distance: «від вас», `of the chosen point`."""
    if origin.private:
        return pgettext("distance", "of you")
    if origin.text:
        return pgettext("distance", "of “%(address)s”") % {"address": origin.text}
    return pgettext("distance", "of the chosen point")


def _in_layers(found: Answer, *, told: bool) -> str:
    """Name the layers that the reader has chosen, or the only one in which something was found; `told`: its kind says it."""
    titles = [layer.layer.definition.title.in_language(_language()) for layer in found.layers]
    if found.query.chosen and len(titles) > 1:
        named = [_("“%(layer)s”") % {"layer": title} for title in titles]
        if len(named) <= MAX_LAYERS:
            return _("in the layers %(layers)s") % {"layers": _listed(named, _("%(first)s and %(last)s"))}
        first = ", ".join(named[: MAX_LAYERS - 1])
        more = _("%(first)s and %(count)d more") % {"first": first, "count": len(named) - MAX_LAYERS + 1}
        return _("in the layers %(layers)s") % {"layers": more}
    if len(titles) > 1:
        titles = [layer.layer.definition.title.in_language(_language()) for layer in found.layers if layer.count]
    return _("in the layer “%(layer)s”") % {"layer": titles[0]} if len(titles) == 1 and not told else ""


def _conditions(query: Query, available: Sequence[PublishedLayer], kind: str) -> list[str]:
    parts = []
    if query.categories and query.categories != (kind,):
        terms = {code: term for layer in available for code, term in current.categories(layer).items()}
        kinds = [_small(terms[code].title.in_language(_language())) for code in query.categories]
        parts.append(_("kind: %(kinds)s") % {"kinds": _listed(kinds, _("%(first)s or %(last)s"))})
    if query.open:
        parts.append(_("open at that time") if query.asof and query.open.now else opened(query.open))
    if query.accessible:
        features = accessibility.terms(available)
        names = [_small(features[code].title.in_language(_language())) for code in query.accessible]
        parts.append(_("with: %(features)s") % {"features": ", ".join(names)})
    if query.bbox:
        parts.append(_("in the chosen rectangle"))
    if query.words:
        parts.append(_("words: %(words)s") % {"words": " ".join(query.words)})
    return parts


def _listed(items: Sequence[str], last_two: str) -> str:
    """Join `items` with commas, the last two as `last_two` says."""
    if len(items) < 2:
        return "".join(items)
    return last_two % {"first": ", ".join(items[:-1]), "last": items[-1]}


def _small(text: str) -> str:
    """Return `text` as it stands within a sentence; an abbreviation stays as it is."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _preposition(word: str) -> str:
    """Return «у» or «в»: «у Подільському», «в Олександрівці»."""
    return "в" if word[:1].lower() in "аеєиіїоуюя" else "у"


def _language() -> str:
    return get_language() or "uk"
