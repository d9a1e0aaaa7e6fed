"""How places fit a reader's profile, told in sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers import described
from geoplatform.layers.definition import Role
from geoplatform.layers.profiles import Profile, Rule, State
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import accessibility, current
from geoplatform.publicmap.profiles import rules

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
    """

    profile: Profile
    known: bool
    score: int | None
    shortcomings: tuple[Sentence, ...]
    unknowns: tuple[Sentence, ...]
    strengths: tuple[Sentence, ...]
    plain: str | None = None

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


def of_places(conn: Connection, profile: Profile, places: Iterable[tuple[PublishedLayer, str]]) -> dict[Ref, Fit]:
    """Return how each of `places` (its layer and id) fits `profile`. conn: of the level that the layers were read at."""
    by_layer: dict[str, tuple[PublishedLayer, list[str]]] = {}
    for layer, feature in places:
        by_layer.setdefault(layer.id, (layer, []))[1].append(feature)
    found: dict[Ref, Fit] = {}
    for layer, ids in by_layer.values():
        found |= {(layer.id, feature): fit for feature, fit in _of_layer(conn, profile, layer, ids).items()}
    return found


def of_query(conn: Connection, profile_id: str, places: Iterable[tuple[PublishedLayer, str]]) -> dict[Ref, Fit]:
    """Return how each of `places` fits the profile called `profile_id`; nothing for no profile."""
    profile = rules.find(profile_id)
    return of_places(conn, profile, places) if profile else {}


def card_context(conn: Connection, profile_id: str, layer: PublishedLayer, feature: str) -> dict[str, Any]:
    """Return what a place's card shows of the profile called `profile_id`, and of the profiles to choose from."""
    choices = rules.available() if _useful(layer) else []
    profile = rules.find(profile_id)
    return {
        "fit": of_places(conn, profile, [(layer, feature)]).get((layer.id, feature)) if profile else None,
        "fit_choices": [(p.id, p.title.in_language(_language()), p is profile) for p in choices],
        "profile_query": query_string(profile.id if profile else ""),
    }


def query_string(profile_id: str) -> str:
    """Return the query string by which a place's own page knows the profile."""
    return "?" + urlencode({"profile": profile_id}) if profile_id else ""


def _useful(layer: PublishedLayer) -> bool:
    return any(attribute.role is Role.accessibility for attribute in layer.definition.attributes)


def _of_layer(conn: Connection, profile: Profile, layer: PublishedLayer, ids: list[str]) -> dict[str, Fit]:
    profiles = described.library().profiles
    evidence = rules.evidence_of(layer, profiles)
    listed, missing = accessibility.present(layer), accessibility.missing(layer)
    known = listed is not None or missing is not None or bool(evidence)
    columns = [
        sql.SQL("id"),
        sql.SQL("{} as the_listed").format(listed or sql.SQL("'{}'::text[]")),
        sql.SQL("{} as the_missing").format(missing or sql.SQL("'{}'::text[]")),
        *[sql.Identifier(name) for name in sorted({item.attribute for item in evidence})],
    ]
    category = layer.definition.with_role(Role.category)
    kind = sql.Identifier(category.name) if category else sql.SQL("null")
    columns.append(sql.SQL("{} as the_category").format(kind))
    statement = sql.SQL("select {} from {} where id = any(%s)").format(sql.SQL(", ").join(columns), layer.view)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, [ids]).fetchall()
    found = {}
    for row in rows:
        facts = rules.facts(row["the_listed"], row["the_missing"], row, evidence)
        states = rules.states(profile, layer.id, facts)
        plain = _plain(layer, row["the_category"]) if profile.plain else None
        found[row["id"]] = Fit(
            profile,
            known and bool(states),
            rules.score(states) if known else None,
            _told(states, "failed"),
            _told(states, "unknown"),
            _told(states, "met"),
            plain,
        )
    return found


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
