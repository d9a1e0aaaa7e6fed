"""The answer as a text that stands for the map: how many of what, where, the nearest, how far they spread, what is beside.

It follows the categories of the Map Equivalent Purpose framework (docs/map.md): what there is, where it lies, how things lie to
each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.places import words
from geoplatform.portal import facts
from geoplatform.portal.sentences import one_stop
from geoplatform.publicmap import asked_words, current, foot_words, until
from geoplatform.publicmap.answer import Answer, Item
from geoplatform.publicmap.card import nameless
from geoplatform.publicmap.onfoot import Walks
from geoplatform.publicmap.overview import Kind, Overview
from geoplatform.publicmap.parameters import Moment, Origin
from geoplatform.publicmap.relations import Named, Relation

#: Kinds told one by one; the others are told together.
MAX_KINDS = 8


def sentences(found: Answer, overview: Overview, available: Sequence[PublishedLayer]) -> list[str]:
    """Return the summary, sentence by sentence; the first says how much of what was found, after a moment of the past.

    available: all layers that may be asked for, by which what was asked is named.
    """
    past = [_("As it was on %(moment)s.") % {"moment": found.query.asof.in_words()}] if found.query.asof else []
    told = [*past, *_of_the_answer(found, overview, available)]
    return [one_stop(sentence) for sentence in told if sentence]


def _of_the_answer(found: Answer, overview: Overview, available: Sequence[PublishedLayer]) -> list[str]:
    query = found.query
    start = asked_words.start(query) if overview.nearest is None and not query.within else ""
    how = [_measured(found), start, asked_words.needs(query), asked_words.order(query)]
    if not found.total:
        none = _("No layer is chosen.") if query.chosen and not query.layers else ""
        return [none, _nothing(found, available, none), _unknown(found, overview), *how]
    told = [_count(found, overview, available), _kinds(found, overview), _districts(overview), _nearest(found, overview)]
    told += [_extent(found), _surroundings(found, overview), _unknown(found, overview)]
    return [*told, *how, _approximate(found), _demonstration(found)]


def _nothing(found: Answer, available: Sequence[PublishedLayer], none: str) -> str:
    """Tell what was looked for in vain; `none`: it was said that no layer is chosen."""
    if found.query.filtered:
        return f"{_('Nothing was found')}{asked_words.narrowed(found, available)}."
    if none:
        return ""
    then = _("There was no data in the chosen layers then.")
    return then if found.query.asof else _("There is no data in the chosen layers yet.")


def title(item: Item) -> str:
    """Return what a feature is called: its name, else its kind, else its layer and id."""
    name = (item.name_en if _language().startswith("en") else None) or item.name or item.name_en
    return name or kind_titles(item) or nameless(item.layer, item.id)


def kind_titles(item: Item) -> str:
    """Return the titles of the feature's categories, "" when it has none."""
    terms = current.categories(item.layer)
    return ", ".join(terms[code].title.in_language(_language()) for code in item.categories if code in terms)


def away(item: Item, origin: Origin | None, walks: Walks | None = None) -> str:
    """Return how far and in which direction from the origin a feature lies, "" when that is not known.

    walks: with distances on foot, where the query asks for them.
    """
    if item.metres is not None and origin is not None:
        if item.metres < 1:
            return _("right here")
        on_foot = foot_words.away(item.walked, item.bearing, walks) if item.walked is not None and walks else ""
        straight = _distance(item.metres, item.bearing)
        return _("%(away)s %(from)s") % {"away": on_foot or straight, "from": asked_words.from_where(origin)}
    if item.point is None:
        return ""
    municipality = facts.municipality()
    metres, bearing = words.metres_and_bearing(municipality.centre, item.point)
    return _("%(away)s %(from)s") % {"away": _distance(metres, bearing), "from": _of_the_centre()}


def relation(told: Relation, said: str = "") -> list[str]:
    """Return what a place lies in and beside, part by part; `said` is what the reader knows already (its address)."""
    language = _language()
    parts = []
    if told.district:
        parts.append(told.district.in_language(language))
    if told.street and told.street.in_language(language).lower() not in said.lower():
        parts.append(told.street.in_language(language))
    if told.beside:
        parts.append(_("beside: %(name)s, %(away)s") % {"name": told.beside.in_language(language), "away": _to(told.beside)})
    return parts


def counted(kind: Kind) -> str | None:
    """Return the number with the kind in the form that it takes: «12 аптек»; None when the vocabulary has no forms for it."""
    term = current.categories(kind.layer).get(kind.code or "")
    if term is None or term.counted is None:
        return None
    if _language().startswith("en"):
        form = term.counted.en[0 if kind.count == 1 else 1]
    else:
        form = words.plural(kind.count, term.counted.uk)
    return f"{kind.count} {form}"


def _count(found: Answer, overview: Overview, available: Sequence[PublishedLayer]) -> str:
    """«12 аптек у Подільському районі (відчинено зараз; є: пандус).»"""
    kind = overview.kinds[0] if len(overview.kinds) == 1 else None
    only = counted(kind) if kind else None
    head = only or ngettext("Found %(count)d place", "Found %(count)d places", found.total) % {"count": found.total}
    return f"{head}{asked_words.narrowed(found, available, (kind.code or '') if kind and only else '')}."


def _kinds(found: Answer, overview: Overview) -> str:
    if len(overview.kinds) < 2:
        return ""
    told = [counted(kind) or f"{_kind_title(kind)} – {kind.count}" for kind in overview.kinds[:MAX_KINDS]]
    rest = sum(kind.count for kind in overview.kinds[MAX_KINDS:])
    if rest:
        told.append(_("of other kinds – %(count)d") % {"count": rest})
    return _("By kind: %(kinds)s.") % {"kinds": "; ".join(told)}


def _kind_title(kind: Kind) -> str:
    term = current.categories(kind.layer).get(kind.code or "")
    return (term.title if term else kind.layer.definition.title).in_language(_language())


def _districts(overview: Overview) -> str:
    if not overview.districts or (len(overview.districts) == 1 and not overview.outside):
        return ""
    told = [f"{district.in_language(_language())} – {count}" for district, count in overview.districts]
    if overview.outside:
        told.append(_("outside of them – %(count)d") % {"count": overview.outside})
    return _("By district: %(districts)s.") % {"districts": "; ".join(told)}


def _nearest(found: Answer, overview: Overview) -> str:
    nearest, open_one = overview.nearest, overview.nearest_open
    if nearest is None:
        return ""
    if open_one and (open_one.layer.id, open_one.id) == (nearest.layer.id, nearest.id):
        told = _("The nearest, open at that time: %(place)s.") if found.query.asof else _("The nearest, open now: %(place)s.")
        return told % {"place": _placed(nearest, found)} + _next(found, overview)
    told = _("The nearest: %(place)s.") % {"place": _placed(nearest, found)}
    if open_one:
        then = _("The nearest that was open at that time: %(place)s.")
        more = then if found.query.asof else _("The nearest that is open now: %(place)s.")
        told += " " + more % {"place": _placed(open_one, found)}
    return told + _next(found, overview)


def _next(found: Answer, overview: Overview) -> str:
    if not overview.next:
        return ""
    return " " + _("Next: %(places)s.") % {"places": "; ".join(_placed(item, found) for item in overview.next)}


def _placed(item: Item, found: Answer) -> str:
    """«Аптека 5 – за 300 метрів на північ від вас, відчинено до 20:00»."""
    told = _("%(name)s – %(away)s") % {"name": title(item), "away": away(item, found.query.near, found.conditions.walks)}
    hours = opens(item, found.conditions.moment)
    return f"{told}, {hours}" if hours else told


def opens(item: Item, moment: Moment) -> str:
    """Return whether the place is open at `moment` and until when; "" where hours mean nothing or it is told to be shut."""
    if item.layer.definition.with_role(Role.opening_hours) is None or not item.serves:
        return ""
    return until.line(item.hours, moment)


def _extent(found: Answer) -> str:
    """How far the places spread and about where; of a single one, where it lies."""
    bounds, language = found.bounds, _language()
    if bounds is None or (found.query.near and found.total == 1):
        return ""
    across, along, at = measures(bounds)
    if across < 10 and along < 10:
        return _("Where: %(away)s.") % {"away": at}
    return _("They spread over %(across)s from west to east and %(along)s from north to south; the middle is %(at)s.") % {
        "across": words.distance(across, language),
        "along": words.distance(along, language),
        "at": at,
    }


def measures(bounds: tuple[float, float, float, float]) -> tuple[float, float, str]:
    """Return how wide and how high (metres) a box in degrees is in its middle, and where that is, in words."""
    west, south, east, north = bounds
    middle = (west + east) / 2, (south + north) / 2
    metres, bearing = words.metres_and_bearing(facts.municipality().centre, middle)
    across = words.metres_and_bearing((west, middle[1]), (east, middle[1]))[0]
    along = words.metres_and_bearing((middle[0], south), (middle[0], north))[0]
    return across, along, _("%(away)s %(from)s") % {"away": _distance(metres, bearing), "from": _of_the_centre()}


def _surroundings(found: Answer, overview: Overview) -> str:
    parts = relation(overview.relation)
    if not parts:
        return ""
    if found.total == 1:
        return _("Around it: %(relation)s.") % {"relation": "; ".join(parts)}
    return _("Around the nearest: %(relation)s.") % {"relation": "; ".join(parts)}


def _unknown(found: Answer, overview: Overview) -> str:
    if not overview.unknown:
        return ""
    told = ngettext(
        "Of %(count)d more place it is not known whether it fits: the source says nothing of it.",
        "Of %(count)d more places it is not known whether they fit: the source says nothing of it.",
        overview.unknown,
    ) % {"count": overview.unknown}
    if overview.nearest_unknown:
        told += " " + _("The nearest of those: %(place)s.") % {"place": _placed(overview.nearest_unknown, found)}
    return told


def _measured(found: Answer) -> str:
    return foot_words.measured(found.query, found.conditions.walks)


def _approximate(found: Answer) -> str:
    if found.area is None or found.area.exact:
        return ""
    if found.area.kind == "street":
        return _("What lies within 60 metres of the street counts as lying on it.")
    return _("The settlement’s bounds are not in the data: what it is the nearest settlement to counts as lying there.")


def _demonstration(found: Answer) -> str:
    """Return how much of the answer is demonstration data, in words; nothing when none is."""
    if not found.demo:
        return ""
    if found.demo == found.total:
        return _("All of it is demonstration data.")
    return ngettext("%(count)d of them is demonstration data.", "%(count)d of them are demonstration data.", found.demo) % {
        "count": found.demo
    }


def _of_the_centre() -> str:
    name = facts.municipality().short_name.in_language(_language())
    if not _language().startswith("en"):
        name = words.genitive(name) or f"«{name}»"
    return _("of the centre of %(name)s") % {"name": name}


def _distance(metres: float, bearing: float | None) -> str:
    language = _language()
    return words.distance(metres, language) if bearing is None else words.away(metres, bearing, language)


def _to(named: Named) -> str:
    return _distance(named.metres, named.bearing)


def _language() -> str:
    return get_language() or "uk"
