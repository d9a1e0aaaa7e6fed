"""Names of streets and houses as keys: the same street written in any usual way has one key."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geoplatform.search import language

#: What people write before a house's number.
_HOUSE_WORDS = frozenset({"буд", "будинок", "дом", "д", "б", "house", "building", "bldg", "no", "№"})
#: What they write before a settlement's name; each stands for the codes of its categories.
SETTLEMENT_WORDS = {
    "м": "city", "місто": "city", "г": "city", "город": "city", "с": "village", "село": "village", "смт": "settlement",
    "селище": "settlement", "с-ще": "settlement", "пгт": "settlement", "city": "city", "village": "village",
}  # fmt: skip

#: 12, 12а, 12-А, 12/3, 12 к. 2; a letter may stand apart.
_HOUSE = re.compile(
    r"(\d{1,4})\s*-?\s*([а-яіїєґa-z](?![\w'’ʼ])(?!\.?\s*\d))?\s*(?:/\s*(\d{1,4})\s*([а-яіїєґa-z](?![\w'’ʼ]))?)?", re.IGNORECASE
)
_BLOCK = re.compile(r"(?:корпус|корп|кор|к)\.?\s*(\d{1,3}|[а-яіїєґ](?![\w'’ʼ]))", re.IGNORECASE)


@dataclass(frozen=True)
class StreetName:
    """A street's name taken apart. kind: one of `STREET_KINDS`, "" when it is not said; words: the others, folded, sorted."""

    kind: str
    words: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key by which streets and addresses find each other."""
        return f"{self.kind or 'вулиця'}|{' '.join(self.words)}"


def street_name(text: str) -> StreetName:
    """Return the name that `text` is, e.g. «вул. Шевченка Тараса»; `words` is empty when it holds no name."""
    kind, own = "", []
    for word in language.words(text):
        meant = language.STREET_WORDS.get(word, word)
        if meant in language.STREET_KINDS and not kind:
            kind = language.folded(meant)
        elif word not in language.STOP_WORDS:
            own.append(language.folded(word))
    return StreetName(kind, tuple(sorted(own)))


def house_key(text: str) -> str:
    """Return a house's number in one form: `12а`, `12/3`, `12а к2`; "" when `text` holds none."""
    found = _HOUSE.search(text)
    if found is None:
        return ""
    number, letter, fraction, fraction_letter = found.groups()
    key = f"{int(number)}{language.folded((letter or '').lower())}"
    if fraction:
        key += f"/{int(fraction)}{language.folded((fraction_letter or '').lower())}"
    block = _BLOCK.search(text, found.end())
    return key + (f" к{block[1].lower()}" if block else "")


def house_number(key: str) -> int | None:
    """Return the number that a house's key begins with, for its place along the street."""
    found = re.match(r"\d+", key)
    return int(found[0]) if found else None


@dataclass(frozen=True)
class Asked:
    """An address as somebody wrote it: any part may be missing ("")."""

    street: StreetName
    house: str
    settlement: str
    settlement_kind: str


def parse_address(text: str) -> Asked:
    """Take an address apart: «м. Кропивницький, вул. Шевченка, буд. 12а» in any usual order and abbreviation.

    A number that stands last, or after «буд.», is the house; «вулиця 50 років УПА» keeps its own. Flats are passed over.
    """
    settlement = settlement_kind = house = ""
    street_parts: list[str] = []
    parts = [part.strip() for part in re.split(r"[,;\n]", language.cleaned(text)) if part.strip()]
    for part in parts:
        first, rest = _first(part)
        if first in ("кв", "квартира", "оф", "офіс", "під", "поверх", "apt", "flat"):
            continue
        if first in SETTLEMENT_WORDS and rest and not (first == "с" and rest[:1].isdigit()):
            settlement, settlement_kind = rest, SETTLEMENT_WORDS[first]
            continue
        if first in _HOUSE_WORDS and house_key(rest):
            house = house_key(rest)
            continue
        if not house and street_parts and _HOUSE.match(part) and _only_house(part):
            house = house_key(part)
            continue
        street_parts.append(part)
    if len(street_parts) > 1:
        street_parts, others = _street_first(street_parts)
        settlement = settlement or (others[0] if others else "")
    street_text = " ".join(street_parts)
    if not house:
        street_text, house = _house_at_end(street_text)
    return Asked(street_name(street_text), house, settlement, settlement_kind)


def _first(part: str) -> tuple[str, str]:
    """Return the part's first word, bare, and the rest: «буд.12» and «с. Нове» alike."""
    found = re.match(r"(№|[\w'-]+?)\.?(?:\s+|(?<=\.)|(?<=№))(.*)\Z", part, re.DOTALL)
    return (_bare(found[1]), found[2].strip()) if found else (_bare(part), "")


def _bare(word: str) -> str:
    return word.lower().strip('.,()«»"')


def _only_house(part: str) -> bool:
    return not re.search(r"[^\W\d_]{3,}", _BLOCK.sub("", part))


def _street_first(parts: list[str]) -> tuple[list[str], list[str]]:
    """Return the part that names a street, and the others; the last part when none says that it is one."""
    for number, part in enumerate(parts):
        if street_name(part).kind:
            return [part], parts[:number] + parts[number + 1 :]
    return parts[-1:], parts[:-1]


def _house_at_end(text: str) -> tuple[str, str]:
    """Return the text without the house's number at its end, and the number's key."""
    found = re.search(
        r"^(.*?[^\W\d_].*?)[\s,]+(?:(?:буд(?:инок)?|дом|д|№)\.?\s*)?"
        r"(\d{1,4}\s*-?\s*(?:[а-яіїєґa-z](?![\w'’ʼ])(?!\.?\s*\d))?(?:\s*/\s*\d{1,4}[а-яіїєґa-z]?)?(?:\s*(?:корпус|корп|кор|к)\.?\s*\d{1,3})?)\s*$",
        text,
        re.IGNORECASE,
    )
    if found is None:
        return text, ""
    return found[1], house_key(found[2])
