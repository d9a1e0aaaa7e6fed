"""Why a table can't be taken, in English; the Ukrainian is in locale/. No Django: the command line tells it too."""

from __future__ import annotations

from collections.abc import Mapping


def gettext_noop(text: str) -> str:
    """Mark `text` for the list of messages."""
    return text


REASONS = {
    "kind_of_file": gettext_noop("Files of this kind are not taken. Choose one of: %(kinds)s."),
    "too_large": gettext_noop("The file has %(size)s MB; a table of figures has at most %(most)s MB."),
    "empty": gettext_noop("The file is empty."),
    "columns": gettext_noop("The table has %(count)s columns; at most %(most)s are read."),
    "rows": gettext_noop("The table has more than %(most)s values."),
    "no_rows": gettext_noop("The table has no rows below its header."),
    "no_area_column": gettext_noop("No column names the areas. Call it “katottg” or “name”. There are: %(columns)s."),
    "no_value_column": gettext_noop(
        "No column holds the values. Call it “value”, or columns by their year. There are: %(columns)s."
    ),
    "no_year": gettext_noop("The table names no year. Add a column “year”, or name the year in the form."),
    "year_columns_twice": gettext_noop("Two columns are named by the same year."),
    "unmatched": gettext_noop("Row %(row)s: no area has the code or name “%(code)s %(name)s”."),
    "damaged_code": gettext_noop("Row %(row)s: a spreadsheet has cut the digits of the code “%(code)s”. Keep codes as text."),
    "ambiguous": gettext_noop("Row %(row)s: several areas are called “%(name)s%(code)s”: %(choices)s. Give the code."),
    "duplicate": gettext_noop("Row %(row)s: the area and the year %(year)s stood already in row %(other)s."),
    "not_number": gettext_noop("Row %(row)s: “%(value)s” is not a number."),
    "bad_year": gettext_noop("Row %(row)s: “%(year)s” is not a year."),
    "out_of_range": gettext_noop("Row %(row)s: the value %(value)s is not between %(least)s and %(most)s."),
    "no_areas": gettext_noop("The layer of the areas, “%(layer)s”, has no data yet: load it first."),
    "no_layer": gettext_noop("There is no layer “%(layer)s”."),
    "demo": gettext_noop("Made-up figures are not taken outside the demonstration."),
    "nothing_to_take": gettext_noop("No row of the table could be taken."),
    "unmatched_left": gettext_noop("%(count)s rows are about unknown areas. Mend them, or say that they are to be left out."),
    "grave_left": gettext_noop("%(count)s rows must be mended first. Nothing was changed."),
}


def english(code: str, facts: Mapping[str, object]) -> str:
    """Return the English sentence."""
    return REASONS[code] % facts
