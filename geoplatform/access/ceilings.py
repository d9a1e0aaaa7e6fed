"""What of a layer may be open now: its definition, held back by the two-person rule, narrowed by the permissions.

The rule: what has once been restricted (a layer, or an attribute) becomes visible to nobody new until two different people have
approved it. Decided so:

- A layer's first definition stands as it is: what it opens was never restricted here.
- From then on the registry remembers each level (`access.ceiling`, of which nothing is ever deleted). Narrowing takes effect at
  once; widening too, unless the layer or attribute was ever restricted: then two accounts must have approved that level, or a
  wider one, since it was last restricted.
- An attribute that is new in a known layer opens freely, unless it reads a source's column that a restricted attribute reads or
  has read; one that turns to such a column is restricted from then on. Renaming opens nothing.
- Until then everything stays at the level that is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection

from geoplatform.access import audit
from geoplatform.layers.definition import LayerDefinition, Level

#: So many different accounts must approve.
APPROVALS = 2


@dataclass(frozen=True)
class Held:
    """Something that the definition would open and that waits for approvals.

    what: '' for the layer itself, else an attribute's name; stays: the level it has; to: the level the definition asks for.
    approvals: how many of APPROVALS are there.
    """

    layer: str
    what: str
    stays: Level
    to: Level
    approvals: int

    def text(self) -> str:
        """Return the line that the sync report and the command line show."""
        name = f"attribute {self.what}" if self.what else "the layer"
        return (
            f"{name} stays {self.stays}: opening it to {self.to} needs the approval of {APPROVALS} people in the staff hub"
            f" ({self.approvals} so far)"
        )


@dataclass(frozen=True)
class Settled:
    """The definition with the levels that hold now, and what was held back."""

    definition: LayerDefinition
    held: list[Held]


@dataclass(frozen=True)
class _Known:
    level: Level
    guarded: bool
    sources: frozenset[str]


def settle(conn: Connection, definition: LayerDefinition, actor: str) -> Settled:
    """Return what of `definition` may be open, and remember it; in the caller's transaction as gp_owner.

    The caller holds the layer's row of registry.layer, so that permissions and definition can't change past each other.
    """
    settling = _Settling(conn, definition.id, actor)
    attributes = [
        attribute.model_copy(
            update={"publication": settling.decide(attribute.name, attribute.publication, attribute.source_columns)}
        )
        for attribute in definition.attributes
    ]
    level = _narrower(settling.decide("", definition.publication, ()), _narrowing(conn, definition.id))
    return Settled(definition.model_copy(update={"publication": level, "attributes": attributes}), settling.held)


def held(conn: Connection, definition: LayerDefinition) -> LayerDefinition:
    """Return `definition` with no level wider than what is remembered and the permissions; it remembers nothing itself.

    For showing what was read by this definition, which may not have been published yet. conn: of the owner role.
    """
    known = _known(conn, definition.id)

    def now(what: str, wanted: Level, sources: frozenset[str] = frozenset()) -> Level:
        before = known.get(what)
        if _reads_guarded(known, what, wanted, sources - (before.sources if before else frozenset())):
            return Level.restricted
        return _narrower(wanted, before.level) if before else wanted

    attributes = [
        attribute.model_copy(
            update={"publication": now(attribute.name, attribute.publication, frozenset(attribute.source_columns))}
        )
        for attribute in definition.attributes
    ]
    level = _narrower(now("", definition.publication), _narrowing(conn, definition.id))
    return definition.model_copy(update={"publication": level, "attributes": attributes})


def settle_level(conn: Connection, name: str, wanted: Level, actor: str) -> tuple[Level, list[Held]]:
    """Return how far a raster called `name` may be open, before permissions narrow it, and what waits; remember it.

    In the caller's transaction as gp_owner, who holds the raster's row.
    """
    settling = _Settling(conn, name, actor)
    return settling.decide("", wanted, ()), settling.held


class _Settling:
    """Decides about one layer or raster; held: what was held back."""

    def __init__(self, conn: Connection, name: str, actor: str):
        self.conn, self.name, self.actor = conn, name, actor
        self.known, self.approved = _known(conn, name), _approved(conn, name)
        self.held: list[Held] = []

    def decide(self, what: str, wanted: Level, sources: Iterable[str]) -> Level:
        """Return the level that holds for `what` now, and remember it."""
        conn, known, approved = self.conn, self.known, self.approved
        sources = frozenset(sources)
        before = known.get(what)
        if _reads_guarded(known, what, wanted, sources - (before.sources if before else frozenset())):
            before = _Known(Level.restricted, True, before.sources if before else frozenset())
        elif before is None:  # new here
            _remember(conn, self.name, what, wanted, wanted is Level.restricted, sources)
            return wanted
        level = _granted(before, wanted, approved.get(what, {}))
        if level is not wanted:
            count = _count(approved.get(what, {}), wanted)
            self.held.append(Held(self.name, what, level, wanted, count))
        if level is not before.level or before is not known.get(what) or sources - before.sources:
            guarded = before.guarded or level is Level.restricted
            _remember(conn, self.name, what, level, guarded, before.sources | sources)
        if level is not before.level:
            action = "raised" if level.rank < before.level.rank else "narrowed"
            audit.note(conn, self.actor, action, self.name, what=what, before=before.level, after=level)
            if level is Level.restricted:
                _spend_approvals(conn, self.name, what)
        return level


def pending(conn: Connection) -> list[Held]:
    """Return what waits for approvals, of all layers and rasters; conn: of the owner role."""
    rows = conn.execute("select definition from registry.layer order by id").fetchall()
    asked: list[tuple[str, list[tuple[str, Level]]]] = []
    for (document,) in rows:
        definition = LayerDefinition.model_validate(document)
        levels = [("", definition.publication), *((a.name, a.publication) for a in definition.attributes)]
        asked.append((definition.id, levels))
    for raster, level in conn.execute("select id, asked from registry.raster order by id").fetchall():
        asked.append((raster, [("", Level(level))]))
    found: list[Held] = []
    for name, levels in asked:
        known, approved = _known(conn, name), _approved(conn, name)
        for what, wanted in levels:
            before = known.get(what)
            if before is not None and wanted.rank < before.level.rank:
                found.append(Held(name, what, before.level, wanted, _count(approved.get(what, {}), wanted)))
    return found


def ceiling(conn: Connection, layer: str) -> Level:
    """Return the widest level that permissions may leave open: definition and approvals, without today's permissions.

    `restricted` when the layer was never published. conn: of the owner role.
    """
    row = conn.execute("select level from access.ceiling where layer = %s and what = ''", [layer]).fetchone()
    return Level(row[0]) if row else Level.restricted


def _reads_guarded(known: dict[str, _Known], what: str, wanted: Level, new_sources: frozenset[str]) -> bool:
    """Return whether what is new in an attribute's sources feeds another, guarded one that is narrower than `wanted`."""
    return any(
        item.guarded and name not in ("", what) and item.level.rank > wanted.rank and item.sources & new_sources
        for name, item in known.items()
    )


def _granted(before: _Known, wanted: Level, approved: dict[int, Level]) -> Level:
    if wanted.rank >= before.level.rank or not before.guarded:
        return wanted
    # the widest level, no wider than wanted, that enough people have approved
    for level in Level:
        if wanted.rank <= level.rank < before.level.rank and _count(approved, level) >= APPROVALS:
            return level
    return before.level


def _count(approved: dict[int, Level], level: Level) -> int:
    return sum(1 for to in approved.values() if to.rank <= level.rank)


def _narrower(one: Level, other: Level) -> Level:
    return one if one.rank >= other.rank else other


def _known(conn: Connection, layer: str) -> dict[str, _Known]:
    rows = conn.execute("select what, level, guarded, sources from access.ceiling where layer = %s", [layer])
    return {what: _Known(Level(level), guarded, frozenset(sources)) for what, level, guarded, sources in rows}


def _approved(conn: Connection, layer: str) -> dict[str, dict[int, Level]]:
    """Return what -> account -> the widest level that it approved."""
    found: dict[str, dict[int, Level]] = {}
    rows = conn.execute("select what, approver, to_level from access.approval where layer = %s and withdrawn_at is null", [layer])
    for what, approver, to in rows:
        mine = found.setdefault(what, {})
        mine[approver] = min(Level(to), mine.get(approver, Level(to)), key=lambda level: level.rank)
    return found


def _narrowing(conn: Connection, layer: str) -> Level:
    row = conn.execute("select level from access.narrowing where layer = %s", [layer]).fetchone()
    return Level(row[0]) if row else Level.public


def _remember(conn: Connection, layer: str, what: str, level: Level, guarded: bool, sources: frozenset[str]) -> None:
    conn.execute(
        "insert into access.ceiling (layer, what, level, guarded, sources) values (%s, %s, %s, %s, %s)"
        " on conflict (layer, what) do update set level = excluded.level, guarded = excluded.guarded, sources = excluded.sources",
        [layer, what, level, guarded, sorted(sources)],
    )


def _spend_approvals(conn: Connection, layer: str, what: str) -> None:
    """What is restricted again needs new approvals to open again."""
    conn.execute(
        "update access.approval set withdrawn_at = now() where layer = %s and what = %s and withdrawn_at is null", [layer, what]
    )
