"""The score of `rules.score` as SQL over a published view, so that the pages of the list follow it."""

from __future__ import annotations

from psycopg import sql

from geoplatform.facilities.entrances import SHELTERS
from geoplatform.layers import described
from geoplatform.layers.profiles import POINTS, Evidence, Profile, Profiles, Rule
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import accessibility, conditions
from geoplatform.publicmap.conditions import Condition, Conditions
from geoplatform.publicmap.profiles.rules import evidence_of, find

#: More than any two places on the map are apart, in units of EPSG:3857: distance decides only between equal scores.
_FARTHEST = 100_000_000


def by_fit(asked: Conditions, layer: PublishedLayer) -> Condition:
    """Return what a place is ranked by, the least first: what fits the profile best, of equals the nearest to the origin."""
    query = asked.query
    profile = find(query.profile)
    points = score(layer, profile, described.library().profiles, asked.entrances) if profile else None
    if points is None:
        return sql.SQL("null::float8"), []
    rank = sql.SQL("-({})::float8").format(points)
    if query.near is None or layer.definition.geometry == "none":
        return rank, []
    near = sql.SQL("coalesce((geom_3857 <-> {}) / {}, 1)").format(conditions.mercator(query.near), sql.Literal(_FARTHEST))
    return sql.SQL("({} + {})").format(rank, near), []


def score(
    layer: PublishedLayer, profile: Profile, profiles: Profiles, entrances: PublishedLayer | None = None
) -> sql.Composable | None:
    """Return the SQL of a place's score (integer) for `profile`; None for a layer that tells nothing of accessibility.

    entrances: the layer of shelters' entrances where it tells something. A shelter's score is that by its best entrance.
    """
    has, lacks = facts(layer, profiles)
    doors = facts(entrances, profiles) if entrances and layer.id == SHELTERS else (None, None)
    if has is None and doors[0] is None:
        return None
    has, lacks = has or _empty(), lacks or _empty()
    terms = [_points(rule) for rule in profile.rules if rule.applies_to(layer.id)]
    if not terms:
        return sql.SQL("0")
    points = sql.SQL(" + ").join(terms)
    # Each list is put together once a place, not once a rule.
    if entrances is None or doors[0] is None:
        return sql.SQL("(select {} from (select {} as has, {} as lacks) as known)").format(points, has, lacks)
    return sql.SQL(
        "(select coalesce("
        "(select max({points}) from"
        " (select own.has || {more} as has, own.lacks || {less} as lacks from {entrances} where shelter = own.place) as known),"
        " (select {points} from (select own.has as has, own.lacks as lacks) as known))"
        " from (select {has} as has, {lacks} as lacks, id as place) as own)"
    ).format(points=points, more=doors[0], less=doors[1], entrances=entrances.view, has=has, lacks=lacks)


def facts(layer: PublishedLayer, profiles: Profiles) -> tuple[sql.Composable | None, sql.Composable | None]:
    """Return the SQL of the features that a place has and lacks, as text[]; None for both when the layer tells of none."""
    evidence = evidence_of(layer, profiles)
    listed, missing = accessibility.present(layer), accessibility.missing(layer)
    if listed is None and missing is None and not evidence:
        return None, None
    has = [_shown(item, item.has) for item in evidence if item.has]
    lacks = [_shown(item, item.lacks) for item in evidence if item.lacks]
    return _joined([listed, *has]), _joined([missing, *lacks])


def _joined(parts: list[sql.Composable | None]) -> sql.Composable:
    found = [part for part in parts if part is not None]
    return sql.SQL("({})").format(sql.SQL(" || ").join(found or [_empty()]))


def _empty() -> sql.Composable:
    return sql.SQL("'{}'::text[]")


def _shown(item: Evidence, codes: list[str]) -> sql.Composable:
    column = sql.Identifier(item.attribute)
    if not item.numeric:
        meant = sql.SQL("{}::text = any({})").format(column, _array(item.equals))
    else:
        limits = []
        if item.at_least is not None:
            limits.append(sql.SQL("{} >= {}").format(column, sql.Literal(item.at_least)))
        if item.below is not None:
            limits.append(sql.SQL("{} < {}").format(column, sql.Literal(item.below)))
        meant = sql.SQL(" and ").join(limits)
    return sql.SQL("case when {} then {} else {} end").format(meant, _array(codes), _empty())


def _points(rule: Rule) -> sql.Composable:
    """Return the rule's points: as `Facts.state` tells its state, out of the lists `has` and `lacks`."""
    there = sql.SQL(" or ").join([_is(code, "has", "lacks") for code in (*rule.features, *rule.also)])
    gone = sql.SQL(" and ").join([_is(code, "lacks", "has") for code in rule.features])
    good, bad = (gone, there) if rule.kind == "obstacle" else (there, gone)
    met, failed = POINTS.get((rule.kind, "met"), 0), POINTS.get((rule.kind, "failed"), 0)
    return sql.SQL("case when ({good}) = ({bad}) then 0 when ({good}) then {met} else {failed} end").format(
        good=good, bad=bad, met=sql.Literal(met), failed=sql.Literal(failed)
    )


def _is(code: str, listed: str, not_listed: str) -> sql.Composable:
    return sql.SQL("({0} = any({1}) and not {0} = any({2}))").format(sql.Literal(code), sql.SQL(listed), sql.SQL(not_listed))


def _array(codes: list[str]) -> sql.Composable:
    return sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join([sql.Literal(code) for code in codes]))
