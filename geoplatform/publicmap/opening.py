"""Which places are open at a time: a notation of hours is evaluated once a minute, the database only compares texts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

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


def condition(conn: Connection, layer: PublishedLayer, moment: Moment) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that a feature is open at `moment` for certain, and the values for it."""
    attribute = layer.definition.with_role(Role.opening_hours)
    found = at(conn, layer, moment)
    if attribute is None or not found.open:
        return sql.SQL("false"), []
    serves, values = _serves(layer)
    column = sql.Identifier(attribute.name)
    return sql.SQL("{}::text = any(%s::text[]) and {}").format(column, serves), [list(found.open), *values]


def unknown(conn: Connection, layer: PublishedLayer, moment: Moment) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that nobody can tell whether a feature is open at `moment`, and the values for it."""
    attribute = layer.definition.with_role(Role.opening_hours)
    serves, values = _serves(layer)
    if attribute is None:
        return serves, values
    column = sql.Identifier(attribute.name)
    statement = sql.SQL("({0} is null or {0}::text = any(%s::text[])) and {1}").format(column, serves)
    return statement, [list(at(conn, layer, moment).unknown), *values]


def _serves(layer: PublishedLayer) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that the facility's state does not say that it is shut."""
    state = layer.definition.with_role(Role.state)
    if state is None or state.multiple or not SHUT & current.terms(layer, state.name).keys():
        return sql.SQL("true"), []
    return sql.SQL("coalesce({}, '') <> all(%s::text[])").format(sql.Identifier(state.name)), [sorted(SHUT)]
