"""Which places are open at a time: a notation of hours is evaluated once a minute, the database only compares texts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from geoplatform.facilities import statements
from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current, hours
from geoplatform.publicmap.parameters import Moment

#: States of a facility (vocabularies facility_state and hospital_state) in which it does not serve here, whatever its hours say.
SHUT = frozenset({"moved", "closed", "closed_temporarily"})
#: Layers' notations, and evaluations at a minute, that are remembered.
_KEPT_LAYERS, _KEPT_MINUTES = 200, 400

_lock = threading.Lock()
_notations: OrderedDict[tuple[object, ...], tuple[str, ...]] = OrderedDict()
_evaluated: OrderedDict[tuple[object, ...], Open] = OrderedDict()


@dataclass(frozen=True)
class Open:
    """The notations of a layer by what they mean at one minute. What is in neither list is closed."""

    open: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def at(conn: Connection, layer: PublishedLayer, moment: Moment) -> Open:
    """Return which of the layer's notations are open at `moment`, and of which that can't be told.

    The cost is bounded by the number of distinct notations, not of features. `conn` belongs to the public role.
    """
    attribute = layer.definition.with_role(Role.opening_hours)
    if attribute is None or not layer.feature_count:
        return Open()
    name = (conn.info.dsn, layer.id, attribute.name, layer.edition)
    key = (*name, moment.at)
    with _lock:
        if key in _evaluated:
            _evaluated.move_to_end(key)
            return _evaluated[key]
        notations = _notations.get(name)
    if notations is None:
        column = sql.SQL("{}::text").format(sql.Identifier(attribute.name))
        statement = sql.SQL("select distinct {0} from {1} where {0} is not null").format(column, layer.view)
        notations = tuple(text for (text,) in conn.execute(statement))
    states = {text: hours.state_at(text, moment.at) for text in notations}
    found = Open(
        tuple(text for text, state in states.items() if state == "open"),
        tuple(text for text, state in states.items() if state == "unknown"),
    )
    with _lock:
        _notations[name] = notations
        _evaluated[key] = found
        while len(_notations) > _KEPT_LAYERS:
            _notations.popitem(last=False)
        while len(_evaluated) > _KEPT_MINUTES:
            _evaluated.popitem(last=False)
    return found


def condition(
    conn: Connection, layer: PublishedLayer, moment: Moment, states: PublishedLayer | None = None
) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that a feature is open at `moment` for certain, and the values for it.

    states: the layer of what staff said of facilities' states (`facilities.statements`), None where there is none.
    """
    attribute = layer.definition.with_role(Role.opening_hours)
    found = at(conn, layer, moment)
    if attribute is None or not found.open:
        return sql.SQL("false"), []
    serves, values = serving(layer, moment, states)
    column = sql.Identifier(attribute.name)
    return sql.SQL("{}::text = any(%s::text[]) and {}").format(column, serves), [list(found.open), *values]


def unknown(
    conn: Connection, layer: PublishedLayer, moment: Moment, states: PublishedLayer | None = None
) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that nobody can tell whether a feature is open at `moment`, and the values for it; see `condition`."""
    attribute = layer.definition.with_role(Role.opening_hours)
    serves, values = serving(layer, moment, states)
    if attribute is None:
        return serves, values
    column = sql.Identifier(attribute.name)
    statement = sql.SQL("({0} is null or {0}::text = any(%s::text[])) and {1}").format(column, serves)
    return statement, [list(at(conn, layer, moment).unknown), *values]


def serving(layer: PublishedLayer, moment: Moment, states: PublishedLayer | None) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that neither the facility's own state nor what staff said of it tells that it is shut at `moment`."""
    parts: list[sql.Composable] = []
    values: list[Any] = []
    state = layer.definition.with_role(Role.state)
    if state is not None and not state.multiple and SHUT & current.terms(layer, state.name).keys():
        parts.append(sql.SQL("coalesce({}, '') <> all(%s::text[])").format(sql.Identifier(state.name)))
        values.append(sorted(SHUT))
    if states is not None and statements.is_critical(layer):
        shut, own = statements.not_serving(states, layer, moment.at)
        parts.append(sql.SQL("id not in ({})").format(shut))
        values += own
    return sql.SQL(" and ").join(parts) if parts else sql.SQL("true"), values
