"""The layers as they were at a moment, for everything that asks published layers: the same columns, taken from their states.

What may be seen is what may be seen today: the states' views have no attribute and no exact place that the level may not see now.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection, sql

from geoplatform.layers.published import STATE_NUMBER, STATES_RANGE, PublishedLayer

_KEPT = 5_000
_lock = threading.Lock()
_counted: OrderedDict[tuple[object, ...], _Content] = OrderedDict()

Bounds = tuple[float, float, float, float]
#: How many features, how many of them made up, their bounds in degrees.
_Content = tuple[int, int, Bounds | None]


class PastLayer(PublishedLayer):
    """A published layer as it was at `moment` (aware); `present` is the layer as it is.

    Its features have the columns of the present view; `fid` is a number made of the id (`STATE_NUMBER`), as in tiles of the past.
    """

    moment: datetime
    present: PublishedLayer

    @property
    def view(self) -> sql.Composable:
        """The features as they were then, as something to select from, with or without an alias."""
        return features(self.present, self.moment)

    @property
    def edition(self) -> tuple[object, ...]:
        """What tells this content of the layer from any other one."""
        return (self.version, self.moment)


def features(layer: PublishedLayer, moment: datetime) -> sql.Composable:
    """Return SQL of the features of a present `layer` as they were at `moment` (aware), to select from like a view."""
    columns = ["id", "is_demo", *(attribute.name for attribute in layer.definition.attributes)]
    if layer.definition.geometry != "none":
        columns += ["geom", "geom_3857"]
    if not layer.has_states:
        return _joined(sql.SQL("select * from {} where false").format(layer.view))
    return _joined(
        sql.SQL(
            "select {number} as fid, {columns}, valid_from, 0::bigint as version from {states} where {range} @> {moment}"
        ).format(
            number=sql.SQL(STATE_NUMBER),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            states=layer.states_view,
            range=sql.Identifier(STATES_RANGE),
            moment=sql.Literal(moment),
        )
    )


def _joined(query: sql.Composable) -> sql.Composable:
    """Return the query so that it may stand after `from` with an alias or without one, like a view.

    PostgreSQL 15 asks for an alias after a query in brackets, but not after a join in brackets; that with the row of no columns
    costs nothing, the planner takes it away.
    """
    return sql.SQL("(({}) as found cross join (select) as nothing)").format(query)


def layers_at(conn: Connection, available: Sequence[PublishedLayer], moment: datetime) -> list[PublishedLayer]:
    """Return the layers as they were at `moment` (aware). `conn` belongs to the level's role.

    A layer of which the level sees clusters keeps no past and is empty.
    """
    contents = _contents(conn, available, moment)
    return [_past(layer, moment, contents.get(layer.id, (0, 0, None))) for layer in available]


def begun(conn: Connection) -> dict[str, datetime]:
    """Return when the data of each layer begin: its first change that everybody may know of. `conn` is of the public role."""
    return dict(conn.execute("select layer, min(at) from pub_public.changes group by layer").fetchall())


def as_today(layer: PublishedLayer) -> PublishedLayer:
    """Return the layer as it is now."""
    return layer.present if isinstance(layer, PastLayer) else layer


def _past(layer: PublishedLayer, moment: datetime, content: _Content) -> PastLayer:
    count, demo, bbox = content
    kept = {name: getattr(layer, name) for name in PublishedLayer.model_fields}
    # when the source was asked is known of the present only
    kept |= {"feature_count": count, "demo_count": demo, "bbox": bbox, "source_date": None, "checked_at": None}
    return PastLayer.model_construct(**kept, moment=moment, present=layer)


def _contents(conn: Connection, available: Sequence[PublishedLayer], moment: datetime) -> dict[str, _Content]:
    """Return what each layer held, by id; counted once for each version, exactness and moment."""
    # how exact places are may change without a new version, and bounds tell places
    keys = {
        layer.id: (conn.info.dsn, layer.id, layer.version, layer.definition.coarser, moment)
        for layer in available
        if layer.has_states
    }
    with _lock:
        known = {layer_id: _counted[key] for layer_id, key in keys.items() if key in _counted}
    missing = [layer for layer in available if layer.id in keys and layer.id not in known]
    if missing:
        parts = [
            sql.SQL(
                "select {}::text as layer, count(*) as count, count(*) filter (where is_demo) as demo, {} as box from {}"
            ).format(
                sql.Literal(layer.id),
                sql.SQL("null::box2d" if layer.definition.geometry == "none" else "ST_Extent(geom)::box2d"),
                features(layer, moment),
            )
            for layer in missing
        ]
        statement = sql.SQL(
            "select layer, count, demo, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) from ({}) as counted"
        ).format(sql.SQL(" union all ").join(parts))
        for layer_id, count, demo, *box in conn.execute(statement).fetchall():
            known[layer_id] = (count, demo, tuple(box) if box[0] is not None else None)
        with _lock:
            for layer in missing:
                _counted[keys[layer.id]] = known[layer.id]
            while len(_counted) > _KEPT:
                _counted.popitem(last=False)
    return known
