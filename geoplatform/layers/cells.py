"""Cells of CSV files that a spreadsheet must not take for formulas (OWASP, "CSV Injection")."""

from __future__ import annotations

import re

#: What begins a formula, and the numbers and telephones that begin alike. Understood by Python's `re` and by PostgreSQL.
FORMULA = r"^[=+@\t\r-]"
NUMBER = r"^[+-][0-9 ().,-]*$"

_FORMULA, _NUMBER = re.compile(FORMULA), re.compile(NUMBER)


def harmless[T](value: T) -> T | str:
    """Return a cell as it may be written: a text that a spreadsheet would run gets an apostrophe in front."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value
