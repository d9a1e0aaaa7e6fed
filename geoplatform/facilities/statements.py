"""What has been said of a facility's state, read as one level sees it, and how far it can be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import Role, Text
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.vocabulary import Term

#: The layer that holds the states; layers/facility_states.yaml describes it.
LAYER = "facility_states"
#: States in which somebody who comes is not served at this address.
NOT_SERVING = frozenset({"closed", "closed_temporarily", "moved"})

Ref = tuple[str, str]

_NEEDED = ("layer", "feature", "state", "known_at")
_COLUMNS = (*_NEEDED, "since", "known_until", "note", "note_en", "source")


@dataclass(frozen=True)
class Statement:
    """What staff were told of one facility, `layer` and `feature` naming it.

    state: a code of the vocabulary `facility_state`. known_at: when it was told; since, known_until: what it holds for, if that
    is known. version: the row's, by which two writers notice each other.
    """

    layer: str
    feature: str
    state: str
    title: Text
    known_at: datetime
    since: datetime | None
    known_until: datetime | None
    note: str | None
    note_en: str | None
    source: str | None
    version: int

    @property
    def ref(self) -> Ref:
        """The facility's layer and id."""
        return self.layer, self.feature

    @property
    def row_id(self) -> str:
        """The statement's own id in its layer."""
        return row_id(self.ref)


@dataclass(frozen=True)
class Told:
    """How a facility's state is told to a reader as of a moment.

    trust: `fresh`; `stale` when it was told longer ago than the layer promises; `ended` when the time that it held for is over,
    `unknown` when nothing was said. own: what the facility's own source says of its state, if anything. at: the moment.
    """

    trust: Literal["fresh", "stale", "ended", "unknown"]
    statement: Statement | None
    own: Text | None
    at: datetime | None = field(default=None, compare=False)

    @property
    def state(self) -> str | None:
        """The code of a state that still holds, stale or not; None when it is not known now."""
        return self.statement.state if self.statement and self.trust in ("fresh", "stale") else None


def row_id(ref: Ref) -> str:
    """Return the id of the row about the facility `ref`. A layer's name holds no dot, so no two facilities share one."""
    return f"{ref[0]}.{ref[1]}"


def layer_of(available: Iterable[PublishedLayer]) -> PublishedLayer | None:
    """Return the layer of states, None where this level does not see it."""
    return next((layer for layer in available if layer.id == LAYER), None)


def terms(states: PublishedLayer) -> dict[str, Term]:
    """Return the states that a facility may be in, by code, in the vocabulary's order."""
    vocabulary = states.vocabularies.get("facility_state")
    return {term.code: term for term in vocabulary.terms} if vocabulary else {}


def stale_after(states: PublishedLayer) -> timedelta:
    """Return how long after it was told a state is believed without a warning: the layer's promise."""
    return timedelta(days=states.definition.update_promise_days)


def read(conn: Connection, states: PublishedLayer | None, refs: Iterable[Ref] | None = None) -> dict[Ref, Statement]:
    """Return the statements about `refs`, about everything when None. conn: of the level that `states` was read at."""
    if states is None or not states.feature_count:
        return {}
    seen = {attribute.name for attribute in states.definition.attributes}
    if not seen.issuperset(_NEEDED):
        return {}
    columns = [sql.Identifier(name) if name in seen else sql.SQL("null as {}").format(sql.Identifier(name)) for name in _COLUMNS]
    statement = sql.SQL("select {}, version from {}").format(sql.SQL(", ").join(columns), states.view)
    values: list[Any] = []
    if refs is not None:
        statement += sql.SQL(" where id = any(%s)")
        values.append([row_id(ref) for ref in refs])
    known = terms(states)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, values).fetchall()
    found = (
        Statement(title=known[row["state"]].title if row["state"] in known else Text(uk=row["state"], en=row["state"]), **row)
        for row in rows
    )
    return {statement.ref: statement for statement in found}


def not_serving(states: PublishedLayer, layer: PublishedLayer, at: datetime) -> tuple[sql.Composable, list[Any]]:
    """Return SQL of the ids of the facilities of `layer` that are told not to serve at `at` (aware), and the values for it.

    A statement holds from the time that it names, else from when it was told, until the time that it names.
    """
    seen = {attribute.name for attribute in states.definition.attributes}
    if not states.feature_count or not seen.issuperset(_NEEDED):
        return sql.SQL("select null::text where false"), []
    since = sql.SQL("coalesce(since, known_at)" if "since" in seen else "known_at")
    until = sql.SQL("coalesce(known_until, 'infinity')" if "known_until" in seen else "'infinity'::timestamptz")
    statement = sql.SQL("select feature from {} where layer = %s and state = any(%s) and {} <= %s and {} > %s")
    return statement.format(states.view, since, until), [layer.id, sorted(NOT_SERVING), at, at]


def told(statement: Statement | None, own: tuple[str | None, Text | None], states: PublishedLayer | None, now: datetime) -> Told:
    """Return how the facility's state is told as of `now` (aware).

    own: code and title of what its own source says; that it is unknown counts as nothing.
    """
    title = own[1] if own[0] not in (None, "unknown") else None
    if statement is None or states is None:
        return Told("unknown", None, title, now)
    if statement.known_until is not None and statement.known_until <= now:
        return Told("ended", statement, title, now)
    return Told("stale" if now - statement.known_at > stale_after(states) else "fresh", statement, title, now)


def of_places(
    conn: Connection, available: Sequence[PublishedLayer], places: Iterable[tuple[PublishedLayer, str]], now: datetime
) -> dict[Ref, Told]:
    """Return how the state of each critical facility among `places` is told; other places have none.

    places: the layer and the id of each. conn: of the level that `available` was read at.
    """
    by_layer: dict[str, tuple[PublishedLayer, list[str]]] = {}
    for layer, feature in places:
        if is_critical(layer):
            by_layer.setdefault(layer.id, (layer, []))[1].append(feature)
    if not by_layer:
        return {}
    states = layer_of(available)
    refs = [(name, feature) for name, (_, features) in by_layer.items() for feature in features]
    said = read(conn, states, refs)
    found: dict[Ref, Told] = {}
    for name, (layer, features) in by_layer.items():
        own = _own_states(conn, layer, features)
        for feature in features:
            found[name, feature] = told(said.get((name, feature)), own.get(feature, (None, None)), states, now)
    return found


def is_critical(layer: PublishedLayer) -> bool:
    """Return whether the layer's features are facilities that serve vulnerable people and stand somewhere."""
    return layer.definition.critical and layer.definition.geometry in ("point", "multipoint") and layer.id != LAYER


def own_title(layer: PublishedLayer, code: str | None) -> Text | None:
    """Return what the code of a facility's own state means in its layer."""
    attribute = layer.definition.with_role(Role.state)
    if attribute is None or code is None:
        return None
    vocabulary = layer.vocabularies.get(attribute.vocabulary or "")
    term = next((term for term in vocabulary.terms if term.code == code), None) if vocabulary else None
    return term.title if term else Text(uk=code, en=code)


def _own_states(conn: Connection, layer: PublishedLayer, features: Sequence[str]) -> dict[str, tuple[str | None, Text | None]]:
    attribute = layer.definition.with_role(Role.state)
    if attribute is None:
        return {}
    statement = sql.SQL("select id, {}::text from {} where id = any(%s)").format(sql.Identifier(attribute.name), layer.view)
    return {row[0]: (row[1], own_title(layer, row[1])) for row in conn.execute(statement, [list(features)])}
