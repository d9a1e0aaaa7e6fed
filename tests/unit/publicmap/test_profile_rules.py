"""A place's facts by the rules of a profile: met, failed or not known, and nothing in between."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from geoplatform.layers.library import load_library, read_library
from geoplatform.layers.profiles import POINTS, Profile, Profiles, Rule
from geoplatform.publicmap.profiles.rules import Facts, facts, score, states

TEXT = {"uk": "текст", "en": "text"}


def rule(kind: str = "needed", **more) -> Rule:
    given = {"id": "entrance", "kind": kind, "features": ["ramp", "platform_lift"], "also": ["wheelchair_access"], "met": TEXT}
    return Rule.model_validate({**given, "failed": TEXT, "unknown": TEXT, "source": "ДБН В.2.2-40:2018", **more})


@pytest.fixture(scope="module")
def shipped() -> Profiles:
    return load_library().profiles


@pytest.mark.parametrize(("has", "lacks", "state"), [
    ({"ramp"}, set(), "met"),
    ({"platform_lift"}, {"ramp"}, "met"),
    ({"wheelchair_access"}, set(), "met"),
    (set(), {"ramp"}, "unknown"),
    (set(), {"ramp", "platform_lift"}, "failed"),
    (set(), set(), "unknown"),
    ({"lift"}, {"accessible_toilet"}, "unknown"),
    # the survey contradicts itself, or the mark contradicts the survey: nobody can rely on it
    ({"ramp"}, {"ramp"}, "unknown"),
    ({"ramp"}, {"ramp", "platform_lift"}, "unknown"),
    ({"wheelchair_access"}, {"ramp", "platform_lift"}, "unknown"),
])  # fmt: skip
def test_a_rule_is_met_failed_or_not_known(has, lacks, state):
    assert Facts(frozenset(has), frozenset(lacks)).state(rule()) == state


@pytest.mark.parametrize(
    ("has", "lacks", "state"), [({"steps"}, set(), "failed"), (set(), {"steps"}, "met"), (set(), set(), "unknown")]
)
def test_an_obstacle_is_a_shortcoming_where_it_is_there(has, lacks, state):
    obstacle = rule("obstacle", features=["steps"], also=[])
    assert Facts(frozenset(has), frozenset(lacks)).state(obstacle) == state


def test_what_is_not_known_gains_nothing(shipped):
    for profile in shipped.profiles:
        found = states(profile, "health", Facts(frozenset(), frozenset()))
        assert {state for _rule, state in found} == {"unknown"}
        assert score(found) == 0


def test_a_shortcoming_in_what_is_needed_outweighs_all_that_helps(shipped):
    for profile in shipped.profiles:
        codes = {code for item in profile.rules for code in (*item.features, *item.also)}
        for serious in (item for item in profile.rules if item.kind == "needed"):
            lacks = set(serious.features)
            known = Facts(frozenset(codes - lacks - set(serious.also)), frozenset(lacks))
            assert score(states(profile, "health", known)) < 0, (profile.id, serious.id)


def test_values_of_other_attributes_are_evidence(shipped):
    def known(**values):
        return facts([], [], values, shipped.evidence)

    wheelchair = shipped.profile("wheelchair")
    told = {r.id: state for r, state in states(wheelchair, "health", known(wheelchair="no"))}
    assert told["not_accessible"] == "failed" and told["entrance"] == "unknown"
    told = {r.id: state for r, state in states(wheelchair, "health", known(wheelchair="yes", toilets_wheelchair="no"))}
    assert (told["entrance"], told["inside"], told["toilet"]) == ("met", "met", "failed")
    told = {r.id: state for r, state in states(wheelchair, "health", known(wheelchair="limited"))}
    assert (told["entrance"], told["inside"]) == ("met", "failed")
    assert known(wheelchair="unknown") == known() == Facts(frozenset(), frozenset())
    assert "wide_doorway" in known(door_width=90).has and "wide_doorway" in known(door_width=89).lacks
    assert "step_free_entrance" in known(step_free=False).lacks


def test_a_rule_is_left_out_where_it_means_nothing(shipped):
    stop = {r.id for r, _state in states(shipped.profile("wheelchair"), "transport_stops", Facts(frozenset(), frozenset()))}
    assert "entrance" in stop and stop.isdisjoint({"toilet", "doorway", "shelter"})


def test_every_shipped_rule_names_its_source_and_speaks_both_languages(shipped):
    assert [p.id for p in shipped.profiles] == [
        "wheelchair",
        "walking_aid",
        "low_vision",
        "blind",
        "hearing",
        "pram",
        "elderly",
        "plain",
    ]
    layers = set(load_library().layers)
    for profile in shipped.profiles:
        for item in profile.rules:
            assert set(item.layers_except) <= layers, item.id
            for state in ("met", "failed", "unknown"):
                text = item.sentence(state)
                assert text is None or (text.uk != text.en and text.uk.endswith(".") and text.en.endswith(".")), (
                    profile.id,
                    item.id,
                )


def test_every_feature_of_the_vocabulary_is_defined_and_names_its_source():
    terms = load_library().vocabularies["accessibility_features"].terms
    assert len(terms) > 20
    assert [term.code for term in terms if term.definition is None or not term.source] == []


def test_evidence_reads_attributes_that_some_layer_has(shipped):
    named = {a.name for layer in load_library().layers.values() for a in layer.attributes if a.role == "accessibility"}
    assert {item.attribute for item in shipped.evidence} <= named


def test_a_profile_in_which_help_outweighs_need_is_refused():
    many = [rule(id=f"r{n}").model_dump() for n in range(-POINTS["needed", "failed"] // POINTS["needed", "met"])]
    with pytest.raises(ValidationError, match="outweigh"):
        Profile.model_validate({"id": "x", "title": TEXT, "description": TEXT, "rules": many})


def test_a_code_that_nobody_knows_is_told_with_its_place(tmp_path):
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "profiles.yaml").write_text(
        "profiles:\n  - id: x\n    title: {uk: а, en: a}\n    description: {uk: а, en: a}\n    rules:\n"
        "      - {id: r, kind: obstacle, features: [no_such], failed: {uk: а, en: a}, source: s}\n"
        "plain: {no_such_vocabulary: {a: {uk: а, en: a}}}\n",
        encoding="utf-8",
    )
    library, problems = read_library(tmp_path)
    assert library.profiles == Profiles()
    told = [str(problem) for problem in problems if "profiles.yaml" in problem.file]
    assert any("profiles.x.rules.r: no feature and no sign 'no_such'" in line for line in told), told
    assert any("no such term" in line for line in told), told
