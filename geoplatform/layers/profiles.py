"""Profiles of visitors: what people need of a place, as rules over accessibility features (layers/profiles.yaml)."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from geoplatform.layers.definition import AttributeName, Model, Text

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Kind = Literal["needed", "helpful", "obstacle"]
State = Literal["met", "failed", "unknown"]

#: What a rule adds to a place's score. Nothing is gained by what is not known; a shortcoming in what is needed outweighs
#: everything that helps (`Profile._outweighed`).
POINTS: dict[tuple[Kind, State], int] = {
    ("needed", "met"): 20,
    ("needed", "failed"): -1000,
    ("helpful", "met"): 3,
    ("helpful", "failed"): -3,
    ("obstacle", "failed"): -1000,
}


class Evidence(Model):
    """What a value of an attribute with the role `accessibility` says of features.

    equals: the values meant (as text; a boolean is `true` or `false`), or at_least, below: the numbers meant.
    has, lacks: the features that such a value shows to be there, or not to be there.
    """

    attribute: AttributeName
    equals: list[str] = Field(default_factory=list)
    at_least: float | None = None
    below: float | None = None
    has: list[Code] = Field(default_factory=list)
    lacks: list[Code] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Evidence:
        if bool(self.equals) == (self.at_least is not None or self.below is not None):
            raise ValueError("give either equals or at_least and below")
        if not self.has and not self.lacks:
            raise ValueError("say what the value shows: has or lacks")
        return self

    @property
    def numeric(self) -> bool:
        """Whether it compares numbers."""
        return not self.equals


class Rule(Model):
    """One thing that matters to people of a profile.

    kind: `needed` (without it they can't use the place), `helpful`, or `obstacle` (what keeps them out when it is there).
    features: any one of them is enough; the rule fails when none of them is there. For an obstacle, what is in the way.
    also: features that are enough too, but whose absence alone says nothing.
    met, failed, unknown: the sentence for each state; a state without one is not told. layers_except: where it means nothing.
    source: whose requirement it is.
    """

    id: Code
    kind: Kind
    features: list[Code] = Field(min_length=1)
    also: list[Code] = Field(default_factory=list)
    met: Text | None = None
    failed: Text
    unknown: Text | None = None
    layers_except: list[str] = Field(default_factory=list)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _told(self) -> Rule:
        if self.kind != "obstacle" and (self.met is None or self.unknown is None):
            raise ValueError("a rule that is needed or helpful says what is so when it is met and when it is not known")
        return self

    def sentence(self, state: State) -> Text | None:
        """Return the sentence for `state`, None when nothing is told of it."""
        return {"met": self.met, "failed": self.failed, "unknown": self.unknown}[state]

    def applies_to(self, layer: str) -> bool:
        """Return whether the rule means something for the places of `layer`."""
        return layer not in self.layers_except


class Profile(Model):
    """People with needs in common. plain: they are given the short plain texts where there are any."""

    id: Code
    title: Text
    description: Text
    plain: bool = False
    rules: list[Rule] = Field(min_length=1)

    @model_validator(mode="after")
    def _outweighed(self) -> Profile:
        twice = [name for name, count in Counter(rule.id for rule in self.rules).items() if count > 1]
        if twice:
            raise ValueError(f"rule named twice: {', '.join(twice)}")
        good = sum(POINTS.get((rule.kind, "met"), 0) for rule in self.rules)
        bad = min(points for (kind, state), points in POINTS.items() if kind != "helpful" and state == "failed")
        if good >= -bad:
            raise ValueError("too many rules: what helps would outweigh a shortcoming in what is needed")
        return self


class Profiles(Model):
    """The file layers/profiles.yaml.

    signs: codes that evidence and rules use beside the features of the vocabulary, with what they mean.
    common: rules that every profile has after its own.
    plain: vocabulary -> code -> what the term means in plain words.
    """

    signs: dict[Code, Text] = Field(default_factory=dict)
    evidence: list[Evidence] = Field(default_factory=list)
    common: list[Rule] = Field(default_factory=list)
    profiles: list[Profile] = Field(default_factory=list)
    plain: dict[str, dict[Code, Text]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _with_common(cls, given: Any) -> Any:
        """Give every profile the common rules, so that nobody after this has to think of them."""
        if not isinstance(given, dict) or not all(isinstance(given.get(name), list) for name in ("common", "profiles")):
            return given
        whole = [
            {**profile, "rules": [*profile["rules"], *given["common"]]}
            if isinstance(profile, dict) and isinstance(profile.get("rules"), list)
            else profile
            for profile in given["profiles"]
        ]
        return {**given, "profiles": whole}

    @model_validator(mode="after")
    def _consistent(self) -> Profiles:
        twice = [name for name, count in Counter(profile.id for profile in self.profiles).items() if count > 1]
        if twice:
            raise ValueError(f"profile named twice: {', '.join(twice)}")
        return self

    def profile(self, profile_id: str) -> Profile | None:
        """Return the profile called `profile_id`, or None."""
        return next((profile for profile in self.profiles if profile.id == profile_id), None)

    def codes(self) -> dict[str, str]:
        """Return every code of a feature that is used, with the place in the file where it is."""
        found = {code: f"evidence.{n}" for n, item in enumerate(self.evidence) for code in (*item.has, *item.lacks)}
        for profile in self.profiles:
            for rule in profile.rules:
                found |= dict.fromkeys((*rule.features, *rule.also), f"profiles.{profile.id}.rules.{rule.id}")
        return found
