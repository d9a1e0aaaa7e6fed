"""The order of lists that people read: by the Ukrainian alphabet, numbers by their value ("Школа № 2" before "Школа № 10")."""

from __future__ import annotations

import re

from psycopg import sql

_ALPHABET = {letter: number for number, letter in enumerate("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя")}
#: Ukrainian letters stand where the alphabet has them, after Latin ones and before whatever else there is.
_BEFORE, _AFTER = ord("а"), len(_ALPHABET)


def by_name(column: sql.Identifier) -> sql.Composed:
    """Return the SQL to order by the text of `column`, nothing last.

    There is no index for it: on 200,000 rows it adds a tenth of a second to what the old order took, and an index would be
    kept up by every synchronisation.
    """
    return sql.SQL("{}::text collate public.natural_uk nulls last").format(column)


def sort_key(text: str) -> list[tuple[int, int, str]]:
    """Return what `sorted` compares texts of the interface by, in the order that the database gives those of the data."""
    key = []
    for part in re.findall(r"\d+|\D", text.casefold()):
        if part.isdecimal():
            key.append((0, int(part), ""))
        elif part in _ALPHABET:
            key.append((1, _BEFORE + _ALPHABET[part], part))
        elif part.isalnum():
            key.append((1, ord(part) if part < "а" else ord(part) + _AFTER, part))
        elif part.isspace():
            key.append((-1, 0, ""))
    return key


#: The orders that a list may have. `name`: layer by layer, by the alphabet. The others run through all layers at once; each
#: module that offers one says by which SQL a feature is ranked (`answer.RANKS`).
ORDERS: list[str] = ["name", "distance", "fit"]
