"""Reading the municipality's description: what fits is taken, each fault is named with file, place and reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from geoplatform.layers.library import LibraryError, load_library, read_layer_file, read_library
from tests.layer_cases import attribute, definition, text

DRIVERS = ["geojson"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small sound library."""
    root = tmp_path / "layers"
    (root / "vocabularies").mkdir(parents=True)
    _write(root / "municipality.yaml", {
        "name": text("Місто"), "short_name": text("Місто"), "katottg": "UA35040210000014072", "centre": [32.2, 48.5],
        "bounds": {"community": [32.1, 48.4, 32.4, 48.6], "region": [29, 47, 34, 50]}, "local_crs": [5564],
    })  # fmt: skip
    _write(root / "themes.yaml", [{"id": "health", "title": text("Health")}])
    _write(
        root / "vocabularies" / "kinds.yaml",
        {"id": "kinds", "title": text("Kinds"), "terms": [{"code": "clinic", "title": text("Clinic"), "matches": ["clinic"]}]},
    )
    _write(root / "clinics.yaml", _layer())
    return root


def _write(path: Path, document: object) -> None:
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def _layer(**more: object) -> dict:
    return definition(attribute("kind", vocabulary="kinds")).model_dump(mode="json", exclude_unset=True) | more


def _reasons(root: Path) -> list[str]:
    return [str(problem) for problem in read_library(root, DRIVERS)[1]]


def test_a_sound_library_is_loaded_whole(root):
    library = load_library(root, DRIVERS)
    assert list(library.layers) == ["clinics"]
    layer = library.layers["clinics"]
    assert list(library.vocabularies_of(layer)) == ["kinds"]
    assert library.bounds_of(layer) == (32.1, 48.4, 32.4, 48.6)
    assert library.theme("health").title.en == "Health"


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"theme": "wealth"}, "theme", "no theme 'wealth'"),
        ({"source": {"driver": "telepathy", "location": "x"}}, "source.driver", "unknown driver 'telepathy'"),
        ({"publicatoin": "public"}, "publicatoin", "is no known field"),
        ({"key": ["nothing"]}, "", "key names no attribute: nothing"),
        ({"attributes": [attribute("code"), attribute("kind", vocabulary="none")]}, "attributes.1.vocabulary", "no file"),
        (
            {"attributes": [attribute("code"), attribute("kind", vocabulary="kinds", vocabulary_other="x")]},
            "attributes.1.vocabulary_other",
            "has no term 'x'",
        ),
        ({"attributes": [attribute("code"), attribute("geom")]}, "attributes.1.name", "is a column of every layer"),
        ({"id": "other"}, "id", "must be called other.yaml"),
        ({"update_promise_days": "soon"}, "update_promise_days", "valid integer"),
    ],
)
def test_a_fault_is_named_with_file_place_and_reason(root, change, place, reason):
    _write(root / "clinics.yaml", _layer(**change))
    (line,) = _reasons(root)
    assert line.startswith(f"layers/clinics.yaml: {place}" if place else "layers/clinics.yaml: ")
    assert reason in line


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id: [1\n", "line 2, column 1: is not YAML"),
        (b"id: a\nid: b\n", "'id' is given twice"),
        (b"a: &x [1]\nb: *x\n", "aliases (*name) are not allowed"),
        (b"[" * 50_000, "is nested too deeply"),
        ("назва: лікарня".encode("cp1251"), "is not UTF-8"),
        (b"a: " + b"x" * 2_000_000, "is larger than 1024 kB"),
        (b"- 1\n", "valid dictionary"),
        (b"!!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_description_is_refused_in_one_line(root, content, reason):
    (root / "clinics.yaml").write_bytes(content)
    (line,) = _reasons(root)
    assert line.startswith("layers/clinics.yaml: ")
    assert reason in line
    assert "\n" not in line


def test_a_broken_layer_does_not_take_the_others_away(root):
    (root / "broken.yaml").write_text("id: [")
    library, problems = read_library(root, DRIVERS)
    assert list(library.layers) == ["clinics"]
    assert [problem.file for problem in problems] == ["layers/broken.yaml"]
    with pytest.raises(LibraryError, match=r"layers/broken\.yaml"):
        load_library(root, DRIVERS)


def test_a_file_elsewhere_is_checked_against_the_library(root, tmp_path):
    file = tmp_path / "new.yaml"
    _write(file, _layer(id="anything", theme="wealth"))
    found, problems = read_layer_file(file, load_library(root), DRIVERS)
    assert found is None
    assert str(problems[0]).startswith(f"{file}: theme: no theme 'wealth'")
    found, problems = read_layer_file(tmp_path / "none.yaml", load_library(root), DRIVERS)
    assert (found, problems[0].reason) == (None, "there is no such file")


def test_a_missing_library_is_said(tmp_path):
    (line,) = _reasons(tmp_path / "nowhere")
    assert "there is no such directory" in line
