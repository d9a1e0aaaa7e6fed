"""Where a location leads, and where it may not."""

import pytest

from geoplatform.layers.sources import drivers, open_source
from geoplatform.layers.sources.base import SourceError
from tests.reading import context, read_source

CSV = "a,lon,lat\n1,32.26,48.51\n"


def test_roots_for_local_and_bundled_data(tmp_path):
    for root in ("data", "sample"):
        (tmp_path / root).mkdir()
        (tmp_path / root / "a.csv").write_text(CSV)
        read = read_source("csv", f"{root}://a.csv", "a", within={f"{root}_root": tmp_path / root})
        assert read.column("a") == ["1"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("data://../secret.csv", "the path leaves its root"),
        ("sample://../../etc/passwd", "the path leaves its root"),
        ("data://missing.csv", "no such file"),
        ("/nowhere/a.csv", "no such file"),
        ("ftp://example.org/a.csv", "ftp:// is not supported"),
        ("file:///etc/passwd", "file:// is not supported"),
        ("/vsicurl/http://127.0.0.1/a.csv", "is not supported"),
        ("data://", "not a file"),
    ],
)
def test_a_location_that_leads_nowhere_is_named(tmp_path, location, reason):
    (tmp_path / "secret.csv").write_text(CSV)
    (tmp_path / "root").mkdir()
    roots = {"data_root": tmp_path / "root", "sample_root": tmp_path / "root"}
    with pytest.raises(SourceError, match=reason) as error:
        read_source("csv", location, "a", within=roots)
    assert str(error.value).startswith(location)


def test_without_a_data_root_the_message_says_what_to_set():
    with pytest.raises(SourceError, match="GEOPLATFORM_DATA"):
        read_source("csv", "data://a.csv", within={"data_root": None})


def test_an_unknown_driver_is_named_with_those_there_are():
    with pytest.raises(SourceError, match=r"unknown driver 'dwg'; known are csv, geojson"):
        read_source("dwg", "/a.dwg")


def test_every_driver_can_be_imported_and_refuses_a_missing_file(tmp_path):
    from geoplatform.layers.definition import Source

    for driver in drivers():
        with pytest.raises(SourceError):
            open_source(Source(driver=driver, location=str(tmp_path / "none")), context(tmp_path), ["a"])
