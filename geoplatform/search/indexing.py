"""The documents follow what is published: each source step by step, the smallest work first, every step one transaction.

One process at a time, by an advisory lock. A killed one loses the step it was in; the next begins with what was committed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from geoplatform import config as configuration
from geoplatform.search.layer_source import LayerNow, LayerSource, read_layers
from geoplatform.search.postgres import PostgresBackend
from geoplatform.search.settlement_source import SettlementSource
from geoplatform.search.sources import Contributed, DocumentSource, Followed, State
from geoplatform.search.street_source import StreetSource

logger = logging.getLogger(__name__)

_LOCK = 0x67707365  # "gpse"
#: A source that failed is tried again after so long (seconds).
RETRY_SECONDS = 60


@dataclass
class Done:
    """What one run did. steps: transactions; failed: source -> reason; complete: nothing is left to do; busy: another runs."""

    steps: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    busy: bool = False


@dataclass(frozen=True)
class SourceStatus:
    """How far a source was followed. behind: something has changed since, or a run through it is under way."""

    name: str
    indexed_at: datetime | None
    behind: bool
    error: str | None


def sources(layers: list[LayerNow], contributed: Iterable[DocumentSource]) -> list[Followed]:
    """Return all that is followed."""
    settlements = [layer for layer in layers if layer.gazetteer == "settlement"]
    streets = [layer for layer in layers if layer.gazetteer in ("street", "rename")]
    together = {layer.id for layer in (*settlements, *streets)}
    return [
        *(LayerSource(layer) for layer in layers if layer.id not in together),
        *([SettlementSource(settlements)] if settlements else []),
        *([StreetSource(streets, settlements)] if streets else []),
        *(Contributed(source) for source in contributed),
    ]


def follow(
    contributed: Iterable[DocumentSource] = (),
    *,
    seconds: float | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Done:
    """Bring the documents to what is published; two queries when nothing has changed.

    contributed: sources besides the layers. seconds: stop after the step in which they have passed, None: when all is done.
    progress: told one line for each step. A source that fails is reported and does not stop the others. Raises psycopg.Error
    when the database does not answer.
    """
    done, start = Done(), time.monotonic()
    contributed = list(contributed)
    with psycopg.connect(configuration.load().dsn(), autocommit=True, application_name="geoplatform-search") as conn:
        if not conn.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()[0]:
            return Done(complete=False, busy=True)
        while (source := _next(conn, contributed, done)) is not None:
            if seconds is not None and time.monotonic() - start > seconds:
                done.complete = False
                break
            _step(conn, source, done, progress)
    return done


def reindex(contributed: Iterable[DocumentSource] = (), *, progress: Callable[[str], None] = lambda line: None) -> Done:
    """Look at every document again, as after a change of the rules; search goes on with the old ones meanwhile.

    Only documents that differ are written. Raises psycopg.Error.
    """
    with psycopg.connect(configuration.load().dsn(), autocommit=True) as conn:
        conn.execute(
            "update search.source set token = jsonb_set(token::jsonb, '{form}', '0')::text, progress = null, error = null"
        )
        conn.execute("delete from search.source where name like 'source:%'")
    return follow(contributed, progress=progress)


def status() -> list[SourceStatus]:
    """Return how far each source was followed; of those outside the layers it is only known when. Raises psycopg.Error."""
    with psycopg.connect(configuration.load().dsn(), autocommit=True) as conn:
        kept = {name: (at, error) for name, at, error in conn.execute("select name, indexed_at, error from search.source")}
        found = []
        for source in sources(read_layers(conn), ()):
            at, error = kept.pop(source.name, (None, None))
            behind = source.work(conn, _state(conn, source.name)) > 0
            if at or behind:
                found.append(SourceStatus(source.name, at, behind, error))
        return [*found, *(SourceStatus(name, at, False, error) for name, (at, error) in sorted(kept.items()))]


def _next(conn: Connection, contributed: list[DocumentSource], done: Done) -> Followed | None:
    """Return the source with the least to do, or None when there is nothing to do."""
    states = {
        name: (State(*_documents(token, progress)), waits)
        for name, token, progress, waits in conn.execute(
            "select name, token, progress, error is not null and indexed_at > now() - make_interval(secs => %s)"
            " from search.source",
            [RETRY_SECONDS],
        )
    }
    layers = read_layers(conn)
    gone = [LayerNow(name, 0, {}, None) for name in _vanished(states, layers)]
    best: tuple[int, Followed] | None = None
    for source in [*sources(layers, contributed), *map(LayerSource, gone)]:
        state, waits = states.get(source.name, (State(), False))
        if waits or source.name in done.failed:
            continue
        try:
            work = source.work(conn, state)
        except Exception as error:  # a plugin's source may fail in any way; it must not stop the others
            _failed(conn, source, error, done)
            continue
        if work and (best is None or work < best[0]):
            best = work, source
    return best[1] if best else None


def _vanished(states: dict[str, tuple[State, bool]], layers: list[LayerNow]) -> list[str]:
    """Return the layers that were followed and are no more in the registry, or have joined the streets or settlements."""
    alone = {f"layer:{layer.id}" for layer in layers if layer.gazetteer not in ("street", "rename", "settlement")}
    return [name.removeprefix("layer:") for name in states if name.startswith("layer:") and name not in alone]


def _step(conn: Connection, source: Followed, done: Done, progress: Callable[[str], None]) -> None:
    try:
        with conn.transaction():
            # the description and the features of one moment; nobody else writes documents
            conn.execute("set transaction isolation level repeatable read")
            source = _as_of_now(conn, source)
            state = source.step(conn, PostgresBackend(conn), _state(conn, source.name))
            if state is None:
                conn.execute("delete from search.source where name = %s", [source.name])
            else:
                _keep(conn, source.name, state, None)
        done.steps += 1
        progress(f"{source.name}: {'done' if state is None or state.progress is None else state.progress}")
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except Exception as error:  # one source's trouble must not stop the others; it is logged, kept and shown by `search status`
        _failed(conn, source, error, done)
        progress(f"{source.name}: failed: {done.failed[source.name]}")


def _as_of_now(conn: Connection, source: Followed) -> Followed:
    """Return the source as the transaction sees the registry: what was chosen a moment ago may have changed."""
    if isinstance(source, Contributed):
        return source
    return next((found for found in sources(read_layers(conn), ()) if found.name == source.name), source)


def _failed(conn: Connection, source: Followed, error: Exception, done: Done) -> None:
    logger.exception("search: %s could not be followed", source.name)
    reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"[:500]
    done.failed[source.name] = reason
    done.complete = False
    _keep(conn, source.name, _state(conn, source.name), reason)


def _state(conn: Connection, name: str) -> State:
    row = conn.execute("select token, progress from search.source where name = %s", [name]).fetchone()
    return State(*_documents(*row)) if row else State()


def _documents(token: str | None, progress: dict | None) -> tuple[dict | None, dict | None]:
    return (orjson.loads(token) if token else None), progress


def _keep(conn: Connection, name: str, state: State, error: str | None) -> None:
    conn.execute(
        "insert into search.source as s (name, token, progress, indexed_at, error) values (%s, %s, %s, clock_timestamp(), %s)"
        " on conflict (name) do update set token = excluded.token, progress = excluded.progress,"
        " indexed_at = excluded.indexed_at, error = excluded.error",
        [
            name,
            orjson.dumps(state.token).decode() if state.token else None,
            Jsonb(state.progress) if state.progress else None,
            error,
        ],
    )
