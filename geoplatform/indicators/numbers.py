"""Numbers and years as people write them in tables: comma or point, spaces between thousands, signs for "no value"."""

from __future__ import annotations

import math
import re

#: What stands in a cell without a value.
NOTHING = {
    "",
    "-",
    "–",
    "—",
    "−",
    "...",
    "…",
    "..",
    "x",
    "х",
    "н/д",
    "н.д.",
    "n/a",
    "na",
    "nan",
    "null",
    "none",
    "немає",
    "немає даних",
}
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']+")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|2[01]\d\d)(?!\d)")


def number(text: str) -> float | None:
    """Return what `text` says, None for a cell without a value.

    One comma is a decimal sign, as in Ukrainian; several, or a comma before a point, stand between thousands. A per cent sign at
    the end is left out. Raises ValueError when it is no number.
    """
    bare = text.strip()
    if bare.lower() in NOTHING:
        return None
    bare = _SPACES.sub("", bare.replace("−", "-").removesuffix("%"))
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        bare = _joined(bare, thousands, decimal)
    elif bare.count(",") > 1:
        bare = _joined(bare, ",", "")
    elif bare.count(".") > 1:
        bare = _joined(bare, ".", "")
    else:
        bare = bare.replace(",", ".")
    if not _PLAIN.fullmatch(bare) or len(bare) > 40:
        raise ValueError(text)
    found = float(bare)
    if not math.isfinite(found):
        raise ValueError(text)
    return found


def year(text: str) -> int:
    """Return the one year that `text` names ("2024", "2024 р.", "01.01.2024", "2024.0"); raises ValueError."""
    found = set(_YEAR.findall(text.strip()))
    if len(found) != 1:
        raise ValueError(text)
    return int(found.pop())


def _joined(text: str, thousands: str, decimal: str) -> str:
    """Return the number without its signs between thousands; raises ValueError where they stand elsewhere."""
    whole, _, rest = text.partition(decimal) if decimal else (text, "", "")
    head, *groups = whole.split(thousands)
    if (
        any(len(group) != 3 or not group.isdigit() for group in groups)
        or not 1 <= len(head.lstrip("+-")) <= 3
        or thousands in rest
    ):
        raise ValueError(text)
    return head + "".join(groups) + ("." + rest if rest else "")
