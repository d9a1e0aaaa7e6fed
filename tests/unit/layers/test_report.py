"""The report says what happened in plain lines and shows no secret of a source."""

from __future__ import annotations

import pytest

from geoplatform.layers.reasons import SENTENCES, Reason, shortened
from geoplatform.layers.report import EXAMPLES, RunReport, note, without_secrets


def test_a_report_counts_names_the_first_refused_and_says_where_the_rest_is():
    report = RunReport(
        layer="clinics", run=7, status="applied", version=3, read=100, added=70, refused=30, source="clinics.geojson"
    )
    reason = Reason("required", "name")
    for position in range(30):
        report.count_reasons([reason])
        if position < EXAMPLES:
            report.refused_examples.append(note(position + 1, f"c{position}", [reason]))
    text = report.text()
    assert text.startswith("clinics: applied, version 3 (0.0 s)\n  source: clinics.geojson\n  read 100, added 70,")
    assert "  refused record 1 (c0): name: has no value, but one is required" in text
    assert "  … and 10 more refused" in text
    assert text.endswith("  all refused records: geoplatform layers refused 7 --format csv")
    assert (report.reasons[0].count, report.ok) == (30, False)
    assert RunReport.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:pw@example.org/a?token=x#y", "https://example.org/a"),
        ("data://boundaries/a.geojson", "data://boundaries/a.geojson"),
        ("/srv/a b.csv", "/srv/a b.csv"),
        ("host=db password=secret dbname=x", "host=db password=*** dbname=x"),
        ("host=db password='a b' dbname=x", "host=db password=*** dbname=x"),
        ("postgresql://u:secret@db/x", "postgresql://db/x"),
    ],
)
def test_a_location_is_shown_without_secrets(location, shown):
    assert without_secrets(location) == shown


def test_values_are_shown_short_and_on_one_line():
    assert shortened("a\nb\x1b[31m") == "a b [31m"
    assert shortened("x" * 1000) == "x" * 59 + "…"
    assert shortened(b"\xff") == "\ufffd"


@pytest.mark.parametrize("code", sorted(SENTENCES))
@pytest.mark.parametrize("language", ["uk", "en"])
def test_every_reason_has_a_sentence_in_both_languages(code, language):
    assert Reason(code, "name", "5", "7").text(language).startswith("name: ")
