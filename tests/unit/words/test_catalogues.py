"""GeoNode's pages have a right Ukrainian: every message shown, its placeholders and forms, and a catalogue that compiles."""

from __future__ import annotations

import gettext
import re
import shutil
import subprocess
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from geoplatform.config import PROJECT
from geoplatform.hub import translations
from tests.unit.words.wording import CATALOGUE, catalogue, catalogue_pairs, gettext_placeholders, tags

#: Packages whose pages a visitor or staff member sees and that bring no good Ukrainian of their own.
PACKAGES = ("geonode", "geonode_mapstore_client", "announcements", "pinax.notifications")
#: Two manuals about GeoServer and Google Earth, which this platform does not have.
MANUALS = ("\n    <p>The GeoNode provides access to data sets", '\n    <p><a href="http://geonode.org/">GeoNode</a> is an open')
KEYWORDS = (
    *("gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3", "pgettext_lazy:1c,2"),
    *("npgettext_lazy:1c,2,3", "ugettext", "ugettext_lazy"),
)


def sources(package: str) -> list[Path]:
    """Return the Python files and templates of `package` that may hold messages; GeoServer's part is left out of the platform."""
    root = Path(find_spec(package).submodule_search_locations[0])
    found = (path for path in root.rglob("*") if path.suffix in (".py", ".html", ".txt", ".xml"))
    left_out = {"tests", "static", "geoserver", "locale", "node_modules"}
    return [path for path in found if not left_out & set(path.relative_to(root).parts[:-1]) and not path.name.startswith("test")]


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> set[str]:
    """Every message of GeoNode's pages, extracted from the installed packages as Django's makemessages does."""
    folder = tmp_path_factory.mktemp("messages")
    listed = []
    for number, path in enumerate(path for package in PACKAGES for path in sources(package)):
        text = path.read_text(encoding="utf-8")
        copy = folder / f"{number}.py"
        copy.write_text(text if path.suffix == ".py" else templatize(text, origin=str(path)), encoding="utf-8")
        listed.append(str(copy))
    (folder / "files").write_text("\n".join(listed))
    words = [f"--keyword={keyword}" for keyword in KEYWORDS]
    command = ["xgettext", "--language=Python", "--from-code=UTF-8", *words, f"--files-from={folder / 'files'}", "-o", "-"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.replace("charset=CHARSET", "charset=UTF-8")
    return {message.id if isinstance(message.id, str) else message.id[0] for message in read_po(StringIO(found)) if message.id}


def speaks(message: str) -> bool:
    """Tell whether `message` has words besides its placeholders."""
    return re.search("[A-Za-z]", re.sub(r"%\(\w+(?:\|\w+)?\)s|\{[^{}]*\}", "", message)) is not None


def test_every_message_of_geonodes_pages_is_translated(shown):
    assert len(shown) > 1000
    ours = {message.id for message in catalogue() if message.string}
    # "no" is said by our own map, where it means something else.
    assert {message for message in shown - ours - {"no"} if speaks(message) and not message.startswith(MANUALS)} == set()


def test_no_message_is_doubtful_or_empty():
    assert [message.id for message in catalogue() if message.id and (message.fuzzy or not message.string)] == []


def test_every_message_keeps_its_placeholders():
    lost = [
        p for p in catalogue_pairs() if any(gettext_placeholders(p.english) != gettext_placeholders(form) for form in p.ukrainian)
    ]
    assert lost == []


def test_every_message_keeps_its_tags():
    assert [p for p in catalogue_pairs() if any(tags(p.english) != tags(form) for form in p.ukrainian)] == []


def test_counts_have_the_four_forms_that_django_uses_for_ukrainian():
    assert catalogue().num_plurals == 4
    assert [p for p in catalogue_pairs() if len(p.ukrainian) not in (1, 4)] == []


def test_the_codes_of_errors_are_words_in_both_languages():
    english = catalogue(translations.HUB / "locale" / "en" / "LC_MESSAGES" / "django.po")
    codes = {message.id for message in catalogue() if re.fullmatch(r"metadata_\w+", str(message.id))}
    assert codes == {message.id for message in english if message.id} and len(codes) == 10
    for code in codes:
        assert gettext_placeholders(english[code].string) == gettext_placeholders(catalogue()[code].string)


@pytest.mark.parametrize("app", ["portal", "publicmap"])
def test_the_words_of_our_own_pages_are_left_alone(app):
    """LOCALE_PATHS comes before the apps' own catalogues: a message of both must read the same."""
    path = PROJECT / "geoplatform" / app / "locale" / "uk" / "LC_MESSAGES" / "django.po"
    theirs = {message.id: message.string for message in catalogue(path) if message.id}
    ours = {message.id: message.string for message in catalogue() if message.id in theirs}
    assert ours == {message: theirs[message] for message in ours}


def copied(folder: Path) -> Path:
    """Copy our Ukrainian catalogue below `folder`; return the copy."""
    target = folder / "uk" / "LC_MESSAGES" / "django.po"
    target.parent.mkdir(parents=True)
    return Path(shutil.copy(CATALOGUE, target))


def test_catalogues_compile_once_and_are_read(tmp_path):
    source = copied(tmp_path)
    assert translations.compile_catalogues(tmp_path) == [source.with_suffix(".mo")]
    assert translations.compile_catalogues(tmp_path) == []
    read = gettext.translation("django", tmp_path, ["uk"])
    assert read.gettext("Upload Dataset Metadata") == "Додати метадані набору даних"


def test_a_mistake_in_a_catalogue_is_named_with_its_line(tmp_path):
    source = copied(tmp_path)
    source.write_text(source.read_text() + '\n#, python-format\nmsgid "Hello %(name)s"\nmsgstr "Вітаємо, %(ім)s"\n')
    with pytest.raises(translations.TranslationError, match=r"django\.po can't be compiled: .*django\.po:\d+"):
        translations.compile_catalogues(tmp_path)
    assert [path.name for path in source.parent.iterdir()] == ["django.po"]
