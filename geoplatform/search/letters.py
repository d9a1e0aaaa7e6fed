"""Letters that are mistaken for others: keyboards left in the wrong layout, look-alikes, transliteration."""

from __future__ import annotations

import re

#: The keys of a keyboard, row by row: Latin, Ukrainian, Russian.
_KEYS_EN = "`qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
_KEYS_UK = "'йцукенгшщзхїґфівапролджєячсмитьбю."
_KEYS_RU = "ёйцукенгшщзхъ\\фывапролджэячсмитьбю."

_TO_UK = str.maketrans(_KEYS_EN + '{}:"<>', _KEYS_UK + "хїжєбю")
_TO_RU = str.maketrans(_KEYS_EN + '{}:"<>', _KEYS_RU + "хъжэбю")
_TO_EN = str.maketrans(_KEYS_UK, _KEYS_EN) | {ord(a): b for a, b in zip(_KEYS_RU, _KEYS_EN, strict=True) if a in "ыэъё"}

#: Latin letters that look like Cyrillic ones (small or capital).
_LOOK_LATIN = "aceiopxykmtbh"
_LOOK_CYRILLIC = "асеіорхукмтвн"
_LOOKS_CYRILLIC = str.maketrans(_LOOK_LATIN, _LOOK_CYRILLIC)
_LOOKS_LATIN = str.maketrans(_LOOK_CYRILLIC, _LOOK_LATIN)

#: Resolution 55 of the Cabinet of Ministers of Ukraine (2010) as inside a word, and the Russian letters besides.
_ROMAN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "y",
        "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
        "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ю": "iu",
        "я": "ia", "ы": "y", "э": "e", "ё": "e", "ъ": "", "'": "",
    }
)  # fmt: skip


def other_layouts(text: str) -> list[str]:
    """Return what `text` would be with the keyboard in another layout: `ghbdsn` is «привіт». Empty where nothing differs."""
    lower = text.lower()
    flipped = [lower.translate(_TO_UK), lower.translate(_TO_RU)] if re.search("[a-z]", lower) else [lower.translate(_TO_EN)]
    return [item for item in dict.fromkeys(flipped) if item != lower]


def to_cyrillic(word: str) -> str:
    """Return the word (small letters) with Cyrillic letters for the Latin ones that look alike."""
    return word.translate(_LOOKS_CYRILLIC)


def to_latin(word: str) -> str:
    """Return the word (small letters) with Latin letters for the Cyrillic ones that look alike."""
    return word.translate(_LOOKS_LATIN)


def only_look_alikes(word: str) -> bool:
    """Return whether each letter of the word could as well be a Cyrillic one."""
    return all(letter in _LOOK_LATIN for letter in word)


def romanised(word: str) -> str:
    """Return the word (small letters) in Latin letters."""
    return word.translate(_ROMAN)


def skeleton(word: str) -> str:
    """Return a Latin spelling reduced to what the ways of transliteration agree in: Kropyvnytskyi and Kropivnitskiy are one.

    word: small letters.
    """
    text = word.replace("shh", "shch").replace("kh", "h").replace("g", "h").replace("w", "v").replace("x", "ks")
    text = re.sub("c(?!h)", "ts", text.replace("ck", "k").replace("tz", "ts"))
    text = re.sub("[yj]", "i", text.replace("q", "k").replace("'", ""))
    return re.sub(r"(.)\1+", r"\1", text)
