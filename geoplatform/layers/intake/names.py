"""Names of a stranger's file as identifiers of ours: Ukrainian in Latin letters after resolution 55 of 2010."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "y", "і": "i",
    "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ю": "iu", "я": "ia", "’": "", "'": "", "ʼ": "",
    "ё": "io", "ы": "y", "э": "e", "ъ": "",
}  # fmt: skip
_AT_START = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}


def latin(text: str) -> str:
    """Return `text` in Latin letters, lower case."""
    text = unicodedata.normalize("NFC", text).lower().replace("зг", "zgh")
    text = re.sub(r"(?<!\w)[єїйюя]", lambda found: _AT_START[found[0]], text)
    plain = "".join(_LETTERS.get(letter, letter) for letter in text)
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()


def identifier(text: str, taken: Collection[str], fallback: str, longest: int) -> str:
    """Return an identifier for `text` that is not among `taken`: small letters, digits and underscores, a letter first.

    fallback: begins the identifier where `text` gives no letter to begin with; longest: characters it may have.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", latin(text)).strip("_")
    if not plain[:1].isalpha():
        plain = f"{fallback}_{plain}".strip("_")
    name, number = plain[:longest].rstrip("_"), 2
    while name in taken or len(name) < 2:
        suffix = f"_{number}"
        name = plain[: longest - len(suffix)].rstrip("_") + suffix
        number += 1
    return name
