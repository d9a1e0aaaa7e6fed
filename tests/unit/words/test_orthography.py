"""The Ukrainian of GeoNode's and MapStore's screens is Ukrainian: letters, apostrophe, signs, and the glossary's terms."""

from __future__ import annotations

import re

import pytest

from tests.unit.words.wording import Pair, all_pairs, glossary

#: Russian turns of phrase, and courtesies that only lengthen a label.
CALQUES = "слідуюч|являєтьс|приймати участь|на протязі|співпада|відмінити|в якості|будь ласка|натисніть на кнопку|невірн"
LETTER = "[а-щьюяєіїґА-ЩЬЮЯЄІЇҐ]"


def plain(text: str) -> str:
    """Return `text` with ¤ in place of what is no prose: tags, code, placeholders, addresses, case names of counts."""
    text = re.sub(r"<code>.*?</code>|<[^<>]*>|https?://\S+", "¤", text)
    return re.sub(r"%\(\w+(?:\|\w+)?\)s|\$?\\?\{[^{}]*\\?\}|\b(?:one|few|many|other|plural)\b", "¤", text)


def offending(pattern: str) -> list[tuple[str, str]]:
    """Return the place and text of each Ukrainian form that has `pattern` in its prose."""
    return [(pair.where, form) for pair in all_pairs() for form in pair.ukrainian if re.search(pattern, plain(form))]


@pytest.mark.parametrize(
    ("slip", "pattern"),
    [
        ("a Russian letter", "[ыЫэЭъЪёЁ]"),
        ("a Latin letter inside a Ukrainian word", f"{LETTER}[a-zA-Z]|[a-zA-Z]{LETTER}"),
        ("an apostrophe other than ’", f"{LETTER}['ʼ`′‘]{LETTER}"),
        ("a quotation mark other than «»", f'["“”„]{LETTER}|{LETTER}["“”„]'),
        ("three full stops for an ellipsis", r"\.\.\."),
        ("a hyphen for a dash", f" - {LETTER}"),
        ("a space before a sign", f"{LETTER} +[,;!?]"),
        ("a doubled word", rf"\b({LETTER}{{3,}}) \1\b"),
        ("a calque", rf"(?i)(?<![’\w])(?:{CALQUES})"),
    ],
)
def test_no_message_has(slip, pattern):
    assert offending(pattern) == []


def test_a_message_ends_as_the_english_one_does():
    """A colon or ellipsis tells what follows; what was open stays open."""
    ends = {":": ":", "...": "…"}
    wrong = [
        pair
        for pair in all_pairs()
        for english, ukrainian in ends.items()
        if pair.english.rstrip().endswith(english) and not pair.ukrainian[0].rstrip().endswith(ukrainian)
    ]
    assert wrong == []


@pytest.mark.parametrize(("term", "stems"), glossary().items())
def test_the_glossary_is_kept(term, stems):
    plural = f"{term[:-1]}ies" if term.endswith("y") else f"{term}s?"
    wanted = re.compile(rf"(?<![.\w])(?:{term}|{plural})\b", re.IGNORECASE)
    pairs = [pair for pair in all_pairs() if wanted.search(plain(pair.english))]
    assert pairs, f"no message has {term}: is the glossary's row still needed?"
    assert [pair for pair in pairs if not says(pair, stems)] == []


def says(pair: Pair, stems: list[str]) -> bool:
    """Tell whether every form of `pair` has one of `stems`."""
    return all(any(stem in form.lower() for stem in stems) for form in pair.ukrainian)
