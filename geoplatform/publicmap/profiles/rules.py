"""The rules of profiles applied to one place's facts: which are met, which failed, of which nothing is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from geoplatform.layers import described
from geoplatform.layers.definition import Role
from geoplatform.layers.profiles import POINTS, Evidence, Profile, Profiles, Rule, State
from geoplatform.layers.published import PublishedLayer


@dataclass(frozen=True)
class Facts:
    """What is known of one place: the features said to be there and those said not to be there.

    A feature in both is contradicted: it counts as neither, for nobody can rely on it.
    """

    has: frozenset[str]
    lacks: frozenset[str]

    def __or__(self, other: Facts) -> Facts:
        """Return what is known of a place and of a part of it together."""
        return Facts(self.has | other.has, self.lacks | other.lacks)

    def state(self, rule: Rule) -> State:
        """Return whether the place meets `rule`. Evidence on both sides is no knowledge."""
        there, gone = self.has - self.lacks, self.lacks - self.has
        good = not there.isdisjoint((*rule.features, *rule.also))
        bad = gone.issuperset(rule.features)
        if rule.kind == "obstacle":
            good, bad = bad, good
        if good == bad:
            return "unknown"
        return "met" if good else "failed"


def available() -> list[Profile]:
    """Return the profiles that a reader may choose, in their order."""
    return described.library().profiles.profiles


def find(profile_id: str) -> Profile | None:
    """Return the profile called `profile_id`, or None."""
    return described.library().profiles.profile(profile_id)


def evidence_of(layer: PublishedLayer, profiles: Profiles) -> list[Evidence]:
    """Return the evidence whose attribute the layer has, with the role `accessibility` and a type that can be compared."""
    names = {
        attribute.name: attribute
        for attribute in layer.definition.attributes
        if attribute.role is Role.accessibility and not attribute.multiple and attribute.type != "json"
    }
    return [
        item
        for item in profiles.evidence
        if item.attribute in names and (not item.numeric or names[item.attribute].type in ("integer", "number"))
    ]


def facts(has: Iterable[str], lacks: Iterable[str], values: Mapping[str, Any], evidence: Iterable[Evidence]) -> Facts:
    """Return what is known of a place.

    has, lacks: codes of the features listed as there and as missing. values: its attributes by name, for its layer's `evidence`.
    """
    there, gone = set(has), set(lacks)
    for item in evidence:
        if _shown(item, values.get(item.attribute)):
            there.update(item.has)
            gone.update(item.lacks)
    return Facts(frozenset(there), frozenset(gone))


def states(profile: Profile, layer: str, known: Facts) -> list[tuple[Rule, State]]:
    """Return the rules that mean something in the layer called `layer`, each with its state at the place."""
    return [(rule, known.state(rule)) for rule in profile.rules if rule.applies_to(layer)]


def score(found: Iterable[tuple[Rule, State]]) -> int:
    """Return how well a place fits, the more the better; what is not known adds nothing."""
    return sum(POINTS.get((rule.kind, state), 0) for rule, state in found)


def _shown(item: Evidence, value: Any) -> bool:
    if value is None:
        return False
    if not item.numeric:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return text in item.equals
    return (item.at_least is None or value >= item.at_least) and (item.below is None or value < item.below)
