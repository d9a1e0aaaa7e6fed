"""The kinds of places that really occur in a layer, so that a form offers no others."""

from __future__ import annotations

import threading
from collections import OrderedDict

from psycopg import Connection, sql

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current

_KEPT = 200
_lock = threading.Lock()
_occurring: OrderedDict[tuple[object, ...], frozenset[str]] = OrderedDict()


def occurring(conn: Connection, layer: PublishedLayer) -> frozenset[str]:
    """Return the codes of the layer's categories that some feature has, with all wider ones above them.

    Asked once for each version of the layer. `conn` belongs to the public role.
    """
    attribute = layer.definition.with_role(Role.category)
    if attribute is None or not layer.feature_count:
        return frozenset()
    key = (conn.info.dsn, layer.id, attribute.name, layer.edition)
    with _lock:
        if key in _occurring:
            _occurring.move_to_end(key)
            return _occurring[key]
    column = sql.Identifier(attribute.name)
    codes = sql.SQL("unnest({})" if attribute.multiple else "{}::text").format(column)
    rows = conn.execute(sql.SQL("select distinct {} from {}").format(codes, layer.view)).fetchall()
    terms = current.categories(layer)
    found: set[str] = set()
    for (code,) in rows:
        while code in terms and code not in found:
            found.add(code)
            code = terms[code].broader
    with _lock:
        _occurring[key] = frozenset(found)
        while len(_occurring) > _KEPT:
            _occurring.popitem(last=False)
    return frozenset(found)
