"""How places fit a reader's profile, told in sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.facilities import entrances
from geoplatform.layers import described
from geoplatform.layers.definition import Role
from geoplatform.layers.profiles import Profile, Rule, State
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import accessibility, current
from geoplatform.publicmap.profiles import rules
from geoplatform.publicmap.profiles.rules import Facts

Ref = tuple[str, str]


@dataclass(frozen=True)
class Sentence:
    """What is said of one rule. serious: it decides whether the place can be used at all. source: whose requirement it is."""

    text: str
    serious: bool
    source: str


@dataclass(frozen=True)
class Fit:
    """How one place fits the profile.

    known: whether the layer tells of accessibility at all. score: what the list is ordered by, None when nothing is told.
    plain: what kind of place it is in plain words, for the profiles that want them.
    about: of which of a shelter's entrances all this is true, as a sentence; "" where it is about the place.
    """

    profile: Profile
    known: bool
    score: int | None
    shortcomings: tuple[Sentence, ...]
    unknowns: tuple[Sentence, ...]
    strengths: tuple[Sentence, ...]
    plain: str | None = None
    about: str = ""

    @property
    def sources(self) -> list[str]:
        """Whose requirements are told, each once."""
        told = (*self.shortcomings, *self.unknowns, *self.strengths)
        return list(dict.fromkeys(sentence.source for sentence in told))

    @property
    def title(self) -> str:
        """The profile's name in the reader's language."""
        return self.profile.title.in_language(_language())

    @property
    def verdict(self) -> str:
        """The place in one sentence: what is not known is never called fine."""
        if any(sentence.serious for sentence in self.shortcomings):
            return _("Something needed is not there.")
        if not self.known or (not self.strengths and not self.shortcomings):
            return _("It is not known whether this place fits.")
        if any(sentence.serious for sentence in self.unknowns):
            return _("Part of what is needed is not known.")
        return _("All that is needed is there.")

    @property
    def tone(self) -> str:
        """`bad`, `good` or `unknown`, for the look of the verdict, which says the same in words."""
        if any(sentence.serious for sentence in self.shortcomings):
            return "bad"
        if not self.known or not self.strengths or any(sentence.serious for sentence in self.unknowns):
            return "unknown"
        return "good"


def of_places(
    conn: Connection, profile: Profile, places: Iterable[tuple[PublishedLayer, str]], available: Sequence[PublishedLayer]
) -> dict[Ref, Fit]:
    """Return how each of `places` (its layer and id) fits `profile`.

    conn: of the level that `available`, all layers that may be seen, were read at.
    """
    by_layer: dict[str, tuple[PublishedLayer, list[str]]] = {}
    for layer, feature in places:
        by_layer.setdefault(layer.id, (layer, []))[1].append(feature)
    found: dict[Ref, Fit] = {}
    for layer, ids in by_layer.values():
        found |= {(layer.id, feature): fit for feature, fit in _of_layer(conn, profile, layer, ids, available).items()}
    return found


def of_query(
    conn: Connection, profile_id: str, places: Iterable[tuple[PublishedLayer, str]], available: Sequence[PublishedLayer]
) -> dict[Ref, Fit]:
    """Return how each of `places` fits the profile called `profile_id`; nothing for no profile."""
    profile = rules.find(profile_id)
    return of_places(conn, profile, places, available) if profile else {}


def card_context(
    conn: Connection, profile_id: str, layer: PublishedLayer, feature: str, available: Sequence[PublishedLayer]
) -> dict[str, Any]:
    """Return what a place's card shows of the profile called `profile_id`, and of the profiles to choose from."""
    choices = rules.available() if _useful(layer) else []
    profile = rules.find(profile_id)
    return {
        "fit": of_places(conn, profile, [(layer, feature)], available).get((layer.id, feature)) if profile else None,
        "fit_choices": [(p.id, p.title.in_language(_language()), p is profile) for p in choices],
        "profile_query": query_string(profile.id if profile else ""),
    }


def query_string(profile_id: str) -> str:
    """Return the query string by which a place's own page knows the profile."""
    return "?" + urlencode({"profile": profile_id}) if profile_id else ""


def _useful(layer: PublishedLayer) -> bool:
    return any(attribute.role is Role.accessibility for attribute in layer.definition.attributes)


def _of_layer(
    conn: Connection, profile: Profile, layer: PublishedLayer, ids: list[str], available: Sequence[PublishedLayer]
) -> dict[str, Fit]:
    doors = entrances.telling(available) if layer.id == entrances.SHELTERS else None
    known = _tells(layer) or (doors is not None and _tells(doors))
    by_shelter = _entrances(conn, doors, ids, available) if doors is not None and _tells(doors) else {}
    category = layer.definition.with_role(Role.category)
    kind = sql.Identifier(category.name) if category else sql.SQL("null")
    found = {}
    for row, own in _facts(conn, layer, "id", ids, [sql.SQL("id"), sql.SQL("{} as the_category").format(kind)]):
        # of equally good entrances the first one, which is the main one where there is one
        ways = [(own | facts, about) for facts, about in by_shelter.get(row["id"], [])] or [(own, "")]
        judged = [(rules.states(profile, layer.id, facts), about) for facts, about in ways]
        states, about = max(judged, key=lambda way: rules.score(way[0]))
        found[row["id"]] = Fit(
            profile,
            known and bool(states),
            rules.score(states) if known else None,
            _told(states, "failed"),
            _told(states, "unknown"),
            _told(states, "met"),
            _plain(layer, row["the_category"]) if profile.plain else None,
            about,
        )
    return found


def _tells(layer: PublishedLayer) -> bool:
    """Return whether the layer tells anything of accessibility."""
    evidence = rules.evidence_of(layer, described.library().profiles)
    return accessibility.present(layer) is not None or accessibility.missing(layer) is not None or bool(evidence)


def _entrances(
    conn: Connection, layer: PublishedLayer, shelters: list[str], available: Sequence[PublishedLayer]
) -> dict[str, list[tuple[Facts, str]]]:
    """Return what is known of each entrance of `shelters`, and which one it is in words, the main one first."""
    texts = {attribute.name for attribute in layer.definition.attributes} & {"description"}
    columns = [sql.Identifier(name) for name in ("id", "shelter", "kind", *texts)]
    found: dict[str, list[tuple[Facts, str]]] = {}
    rows = _facts(conn, layer, "shelter", shelters, columns)
    for row, facts in sorted(rows, key=lambda pair: (pair[0]["kind"] != "main", pair[0]["id"])):
        title = entrances.kind_title(available, row["kind"]).in_language(_language())
        which = ", ".join(part for part in (title, row.get("description")) if part)
        found.setdefault(row["shelter"], []).append((facts, _("This is about the entrance: %(entrance)s.") % {"entrance": which}))
    return found


def _facts(
    conn: Connection, layer: PublishedLayer, key: str, ids: list[str], columns: list[sql.Composable]
) -> list[tuple[dict[str, Any], Facts]]:
    """Return the rows of `layer` whose column `key` is one of `ids`, with `columns`, each with what is known of it."""
    evidence = rules.evidence_of(layer, described.library().profiles)
    listed, missing = accessibility.present(layer), accessibility.missing(layer)
    read = [
        *columns,
        sql.SQL("{} as the_listed").format(listed or sql.SQL("'{}'::text[]")),
        sql.SQL("{} as the_missing").format(missing or sql.SQL("'{}'::text[]")),
        *[sql.Identifier(name) for name in sorted({item.attribute for item in evidence})],
    ]
    statement = sql.SQL("select {} from {} where {} = any(%s)").format(sql.SQL(", ").join(read), layer.view, sql.Identifier(key))
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, [ids]).fetchall()
    return [(row, rules.facts(row["the_listed"], row["the_missing"], row, evidence)) for row in rows]


def _told(states: list[tuple[Rule, State]], state: State) -> tuple[Sentence, ...]:
    """Return the sentences of the rules in `state`, what decides first."""
    told = [
        Sentence(text.in_language(_language()), rule.kind != "helpful", rule.source)
        for rule, found in states
        if found == state and (text := rule.sentence(state)) is not None
    ]
    return tuple(sorted(told, key=lambda sentence: not sentence.serious))


def _plain(layer: PublishedLayer, category: str | list[str] | None) -> str | None:
    attribute = layer.definition.with_role(Role.category)
    texts = described.library().profiles.plain.get(attribute.vocabulary or "", {}) if attribute else {}
    terms = current.categories(layer)
    for code in category if isinstance(category, list) else [category]:
        while code is not None:
            if code in texts:
                return texts[code].in_language(_language())
            code = terms[code].broader if code in terms else None
    return None


def _language() -> str:
    return get_language() or "uk"
