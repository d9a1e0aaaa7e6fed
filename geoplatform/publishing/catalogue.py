"""GeoNode's catalogue follows what is published: a record for each published layer and raster, none for the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db import close_old_connections

from geoplatform import database
from geoplatform.layers import published
from geoplatform.layers.definition import SERVED_LEVELS
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.rasters import published as rasters
from geoplatform.layers.rasters.published import PublishedRaster

logger = logging.getLogger(__name__)

#: Goes up when a record's form changes, so that every record is written anew.
FORM = 3
#: A layer whose record could not be written is tried again after this many seconds.
RETRY_SECONDS = 60
_LOCK = 0x67656F63  # "geoc": the advisory lock that keeps two followers apart

#: What `registry.layer.catalogued` holds once the catalogue has followed: permissions and approvals change a record too.
_FOLLOWED = """
case when published then concat_ws(':', %(form)s::text, version, definition_hash,
    (select count(*) from registry.published p where p.layer = registry.layer.id),
    (select sum(hashtext(c.what || c.level)) from access.ceiling c where c.layer = registry.layer.id)) else '-' end
"""


#: The same for rasters, which have no row of their own a level.
_RASTERS_FOLLOWED = """
select id, shown,
       case when shown then concat_ws(':', 'r', %(form)s::text, version, publication, narrowed_to) else '-' end, catalogued
  from (select r.*, publication <> 'restricted' and coalesce(narrowed_to, '') <> 'restricted'
               and exists (select from registry.raster_image i where i.raster = r.id) as shown from registry.raster r) rasters
"""


@dataclass
class Followed:
    """What one run did: ids of layers written and removed; id -> reason of those that failed."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def follow(*, retry_now: bool = False, progress: Callable[[str], None] = lambda line: None) -> Followed:
    """Bring the catalogue to what is published. Cheap when nothing has changed; safe to kill and to run twice at once.

    retry_now: try again also what failed less than RETRY_SECONDS ago. progress: told one line for each layer touched.
    A layer that fails is reported and does not stop the others.
    """
    done = Followed()
    close_old_connections()
    with database.pool("owner").connection() as conn, conn.transaction():
        if not conn.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK]).fetchone()[0]:
            return done
        rows = conn.execute(
            f"select id, published, {_FOLLOWED}, catalogued from registry.layer"  # noqa: S608 - constants
            f" union all {_RASTERS_FOLLOWED} order by 1",
            {"form": FORM},
        ).fetchall()
        _follow_rows(rows, done, retry_now, progress)
    return done


def failures() -> dict[str, str]:
    """Return id -> reason of the layers whose record could not be written lately."""
    with database.pool("owner").connection() as conn:
        ids = [row[0] for row in conn.execute("select id from registry.layer union all select id from registry.raster")]
    found = cache.get_many([_failed_key(layer_id) for layer_id in ids])
    return {layer_id: found[_failed_key(layer_id)][1] for layer_id in ids if _failed_key(layer_id) in found}


def _follow_rows(rows: list[tuple], done: Followed, retry_now: bool, progress: Callable[[str], None]) -> None:
    from geoplatform.publishing.catalogue_record import layer_datasets

    recorded = {dataset.name: dataset for dataset in layer_datasets().only("pk", "name", "uuid", "thumbnail_path")}
    stale = [
        (layer_id, token)
        for layer_id, is_published, token, catalogued in rows
        if token != catalogued or is_published != (layer_id in recorded)
    ]
    gone = [(name, None) for name in recorded.keys() - {row[0] for row in rows}]
    if not stale and not gone:
        return
    layers = _widest()
    for layer_id, token in [*stale, *sorted(gone)]:
        if not retry_now and _failed_lately(layer_id, token):
            continue
        try:
            _follow_one(layer_id, layers.get(layer_id), recorded.get(layer_id), done)
            if token is not None:
                _note(layer_id, token)
            cache.delete(_failed_key(layer_id))
            progress(f"{layer_id}: {'removed' if layer_id in done.removed else 'written'}")
        except Exception as error:  # one layer's trouble must not stop the others; it is logged and shown in the hub
            logger.exception("The catalogue record of %s could not be written", layer_id)
            done.failed[layer_id] = f"{type(error).__name__}: {error}"
            cache.set(_failed_key(layer_id), (token, done.failed[layer_id]), 86_400)
            cache.set(_failed_key(layer_id) + ":wait", 1, RETRY_SECONDS)
            progress(f"{layer_id}: failed: {done.failed[layer_id]}")


def _follow_one(layer_id: str, layer: PublishedLayer | PublishedRaster | None, dataset, done: Followed) -> None:
    from geoplatform.publishing import catalogue_record, raster_record

    if isinstance(layer, PublishedRaster):
        raster_record.write(layer)
        done.written.append(layer_id)
    elif layer is not None:
        catalogue_record.write(layer)
        done.written.append(layer_id)
    elif dataset is not None:
        catalogue_record.remove(dataset)
        done.removed.append(layer_id)


def _widest() -> dict[str, PublishedLayer | PublishedRaster]:
    """Return each published layer and raster as the widest level that it reaches sees it."""
    found: dict[str, PublishedLayer | PublishedRaster] = {}
    for level in SERVED_LEVELS:
        with database.pool(str(level)).connection() as conn:
            for layer in published.read(conn, level):
                found.setdefault(layer.id, layer)
            for raster in rasters.read(conn, level):
                found.setdefault(raster.id, raster)
    return found


def _note(layer_id: str, token: str) -> None:
    """Remember what was followed, on a connection of its own: the record itself is committed already."""
    with database.pool("owner").connection() as conn:
        conn.execute("update registry.layer set catalogued = %s where id = %s", [token, layer_id])
        conn.execute("update registry.raster set catalogued = %s where id = %s", [token, layer_id])


def _failed_key(layer_id: str) -> str:
    return f"catalogue:failed:{layer_id}"


def _failed_lately(layer_id: str, token: str | None) -> bool:
    found = cache.get(_failed_key(layer_id))
    return found is not None and found[0] == token and cache.get(_failed_key(layer_id) + ":wait") is not None
