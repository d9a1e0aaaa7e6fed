"""The MapStore client speaks Ukrainian on every screen of GeoNode's, with nothing lost from the English messages."""

from __future__ import annotations

import json
import re
import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from geoplatform.hub import translations
from tests.unit.words.wording import PLURALS, arguments, client_pairs, tags

UKRAINIAN_CASES = {"one", "few", "many", "other"}


def untranslated() -> set[tuple[str, ...]]:
    english = {path for path, _ in translations.leaves(translations.english())}
    return english - {path for path, _ in translations.leaves(translations.ukrainian())}


def test_every_message_of_the_client_is_translated_or_named_as_not_shown():
    assert {".".join(path) for path in untranslated() if path[0] not in translations.NOT_SHOWN} == set()


def test_what_is_named_as_not_shown_exists():
    assert set(translations.NOT_SHOWN) <= {path[0] for path in untranslated()}


def test_no_translation_is_left_over_from_an_older_client():
    assert [pair.where for pair in client_pairs() if not pair.english] == []


def test_no_plugin_that_a_screen_loads_asks_for_a_message_left_in_english():
    """The built chunks hold the plugins; the entry points (gn-*.js) also hold managers that GeoNode never opens."""
    left = {".".join(path) for path in untranslated() if path[0] != "helptexts"}
    scripts = Path(find_spec("geonode_mapstore_client").submodule_search_locations[0]) / "static" / "mapstore" / "dist" / "js"
    chunks = [path for path in scripts.rglob("*.chunk.js") if not path.name.startswith("gn-")]
    assert len(chunks) > 100
    literal = re.compile(r"""["'`]([A-Za-z]\w*(?:\.[\w-]+)+)["'`]""")
    asked = {found for path in chunks for found in literal.findall(path.read_text(encoding="utf-8"))}
    assert "gnviewer.resourceOrigin.from" in asked
    assert asked & left == set()


@pytest.mark.parametrize(
    "branch", ["gnhome", "gnviewer", "resourcesCatalog", "toc", "catalog", "featuregrid", "print", "metadata"]
)
def test_the_screens_that_everybody_sees_are_in_ukrainian(branch):
    texts = [pair.ukrainian[0] for pair in client_pairs() if pair.where.startswith(f"{branch}.")]
    assert sum(bool(re.search("[а-яіїєґ]", text, re.IGNORECASE)) for text in texts) >= 0.8 * len(texts) > 0


def test_every_message_keeps_its_arguments():
    assert [p for p in client_pairs() if arguments(p.english).keys() != arguments(p.ukrainian[0]).keys()] == []


def test_a_count_has_every_ukrainian_form():
    wanting = []
    for pair in client_pairs():
        counted = {name for name, cases in arguments(pair.english).items() if "other" in cases}
        ours = arguments(pair.ukrainian[0])
        wanting += [pair for name in counted if {case for case in ours[name] if case[0] != "="} != UKRAINIAN_CASES]
        assert not any(kind in pair.ukrainian[0] for kind in PLURALS) or counted, pair
    assert wanting == []


def test_every_message_keeps_its_tags():
    assert [p for p in client_pairs() if tags(p.english) != tags(p.ukrainian[0])] == []


def test_no_message_is_empty():
    assert [p for p in client_pairs() if p.english.strip() and not p.ukrainian[0].strip()] == []


def test_the_reader_of_arguments_sees_what_is_lost():
    assert arguments("{n, plural, one {# шар із {total}} other {# шару}} для {who}") == {
        "n": {"one", "other"},
        "total": frozenset(),
        "who": frozenset(),
    }
    assert arguments(r"$\{name\} і {real}") == {"real": frozenset()}


def test_the_client_gets_every_message_in_both_languages(tmp_path):
    folder = translations.write_client_translations(tmp_path)
    english, ukrainian = (json.loads((folder / f"data.{language}.json").read_text()) for language in ("en", "uk"))
    assert (english["locale"], ukrainian["locale"]) == ("en", "uk")
    paths = [path for path, _ in translations.leaves(english["messages"])]
    assert paths == [path for path, _ in translations.leaves(ukrainian["messages"])]
    assert ukrainian["messages"]["gnhome"]["signIn"] == "Увійти"
    assert ukrainian["messages"]["tutorial"] == english["messages"]["tutorial"]
    assert sorted(path.name for path in folder.iterdir()) == ["data.en.json", "data.uk.json"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o644 for path in folder.iterdir())


def test_translations_written_twice_are_the_same(tmp_path):
    folder = translations.write_client_translations(tmp_path)
    first = (folder / "data.uk.json").read_bytes()
    translations.write_client_translations(tmp_path)
    assert (folder / "data.uk.json").read_bytes() == first


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "static").write_text("a file where a folder should be")
    with pytest.raises(translations.TranslationError, match=r"Can't write the client's translations into .*static"):
        translations.write_client_translations(tmp_path / "static")


def test_a_broken_translation_is_named(tmp_path, monkeypatch):
    broken = tmp_path / "data.uk.json"
    broken.write_text('{"messages": {"a": ')
    monkeypatch.setattr(translations, "OURS", broken)
    with pytest.raises(translations.TranslationError, match=r"data\.uk\.json can't be read"):
        translations.ukrainian()
