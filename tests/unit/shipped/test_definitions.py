"""The shipped layer definitions: complete, bilingual, explicit about who may see what."""

from __future__ import annotations

import re

import pytest
import yaml

from geoplatform.config import PROJECT
from geoplatform.layers.definition import Level

NO_LAYERS = ("municipality.yaml", "themes.yaml", "profiles.yaml", "walking.yaml")
LAYER_FILES = sorted(path for path in (PROJECT / "layers").glob("*.yaml") if path.name not in NO_LAYERS)

#: Item 10 of the first release, a layer each.
EXPECTED = {
    "community_boundary", "city_districts", "hromady", "raions", "settlements", "katottg", "streets", "addresses",
    "health", "health_state", "pharmacies", "education", "social_services", "libraries", "culture", "archives",
    "shelters", "invincibility_points", "emergency_services", "administrative_services", "post_offices", "banks",
    "transport_stops", "roads", "communal_property", "master_plan", "zoning", "detailed_plans", "green_areas",
    "protected_areas", "toponyms", "institutions", "street_renames", "facility_states", "shelter_entrances", "walkways",
}  # fmt: skip

CYRILLIC = re.compile(r"[А-ЩЬЮЯЄІЇҐа-щьюяєіїґ]")
NOT_UKRAINIAN = re.compile(r"[ЁёЪъЫыЭэ]")
#: Words in attribute names that mean a living person.
PERSONAL = re.compile(r"person|tenant|key_holder|duty_contact|(^|_)owner($|_)|resident|passport|tax_no|birth|surname")


def texts(library):
    """Yield (where, Text) for every text that people read."""
    for layer in library.layers.values():
        yield from ((f"{layer.id}.{name}", getattr(layer, name)) for name in ("title", "description", "owner", "attribution"))
        for attribute in layer.attributes:
            yield f"{layer.id}.{attribute.name}", attribute.title
            if attribute.description:
                yield f"{layer.id}.{attribute.name}.description", attribute.description
        yield from ((f"{layer.id}.style.{c.value}", c.title) for c in layer.style.classes)
    for vocabulary in library.vocabularies.values():
        yield vocabulary.id, vocabulary.title
        for term in vocabulary.terms:
            yield f"{vocabulary.id}.{term.code}", term.title
            if term.definition:
                yield f"{vocabulary.id}.{term.code}.definition", term.definition
    for theme in library.themes:
        yield theme.id, theme.title
        yield f"{theme.id}.description", theme.description


def test_every_layer_of_the_release_is_shipped(library):
    assert set(library.layers) == EXPECTED


@pytest.mark.parametrize("path", LAYER_FILES, ids=lambda path: path.stem)
def test_each_file_says_for_layer_and_attributes_who_may_see_them(path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "publication" in document
    silent = [attribute["name"] for attribute in document["attributes"] if "publication" not in attribute]
    assert silent == []


def test_no_attribute_is_wider_than_its_layer(library):
    wider = [
        f"{layer.id}.{attribute.name}"
        for layer in library.layers.values()
        for attribute in layer.attributes
        if attribute.publication.rank < layer.publication.rank
    ]
    assert wider == []


def test_what_names_a_person_is_in_no_view(library):
    personal = {
        f"{layer.id}.{attribute.name}": attribute.publication
        for layer in library.layers.values()
        for attribute in layer.attributes
        if PERSONAL.search(attribute.name)
    }
    assert personal, "the shelter list has a key holder"
    assert set(personal.values()) == {Level.restricted}


@pytest.mark.parametrize("layer", ["shelters", "invincibility_points", "health_state"])
def test_how_many_people_a_place_holds_and_who_runs_it_is_for_staff(library, layer):
    for attribute in library.layers[layer].attributes:
        if attribute.name in ("capacity", "beds_free", "on_generator", "balance_holder", "area"):
            assert attribute.publication is Level.staff, attribute.name


def test_critical_infrastructure_is_asked_for_by_no_query(library):
    asked = re.compile(r'\["(power|pipeline|man_made|military|telecom|waterway|substance|generator)[":]')
    assert [layer.id for layer in library.layers.values() if asked.search(layer.source.query or "")] == []
    assert '[!"bridge"]' in library.layers["roads"].source.query


def test_a_card_finds_name_or_code_in_every_layer(library):
    for layer in library.layers.values():
        roles = {attribute.role for attribute in layer.attributes}
        assert roles & {"name", "code"}, layer.id
        if layer.critical:
            assert {"name", "accessibility"} <= roles, layer.id
            assert roles & {"address", "category"}, layer.id


def test_an_attribute_that_everybody_needs_is_public(library):
    for layer in library.layers.values():
        if layer.publication is not Level.public:
            continue
        for attribute in layer.attributes:
            if attribute.role in ("name", "category", "address", "opening_hours", "accessibility", "phone", "state"):
                assert attribute.publication is Level.public, f"{layer.id}.{attribute.name}"


def test_ukrainian_texts_are_ukrainian(library):
    for where, text in texts(library):
        assert CYRILLIC.search(text.uk) or not re.search("[A-Za-z]", text.uk) or text.uk in ("GeoNames",), where
        assert not NOT_UKRAINIAN.search(text.uk), where
        assert "'" not in text.uk, f"{where}: the apostrophe is ’"
    titles = [text for where, text in texts(library) if not where.endswith("attribution")]
    assert all(CYRILLIC.search(text.uk) for text in titles if text.uk != text.en), "a title without a Ukrainian letter"


def test_english_texts_have_no_cyrillic_but_for_quoted_marks(library):
    quoted = {"zoning.zone_code.description"}
    cyrillic = [where for where, text in texts(library) if CYRILLIC.search(text.en) and where not in quoted]
    assert cyrillic == []


def test_titles_are_unique_in_both_languages(library):
    for language in ("uk", "en"):
        titles = [layer.title.in_language(language) for layer in library.layers.values()]
        assert len(titles) == len(set(titles))


def test_a_life_depending_layer_has_no_sample_at_all(library):
    depends = {layer.id for layer in library.layers.values() if layer.life_depends}
    assert depends == {
        *("shelters", "invincibility_points", "health_state", "emergency_services", "facility_states", "shelter_entrances"),
    }
    assert all(library.layers[layer].sample is None for layer in depends)


def test_osm_layers_say_so_in_licence_and_attribution(library):
    for layer in library.layers.values():
        if layer.source.driver in ("overpass", "osm_pbf") or layer.source.location.endswith("_osm.geojson"):
            assert layer.licence == "ODbL-1.0", layer.id
            assert "OpenStreetMap" in layer.attribution.en, layer.id


def test_whom_a_layer_serves_is_a_term(library):
    audiences = {term.code for term in library.vocabularies["audiences"].terms}
    for layer in library.layers.values():
        assert layer.serves, layer.id
        assert set(layer.serves) <= audiences, layer.id


def test_every_theme_has_a_layer(library):
    assert {theme.id for theme in library.themes} == {layer.theme for layer in library.layers.values()}


def test_order_in_a_theme_is_unambiguous(library):
    places = [(layer.theme, layer.order) for layer in library.layers.values()]
    assert len(places) == len(set(places))
