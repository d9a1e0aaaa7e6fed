"""Downloads from a real server: patience, bounds, and what a bad server may not do."""

import json
from email.utils import formatdate
from time import time

import pytest

from geoplatform.layers.sources import download
from geoplatform.layers.sources.base import SourceError
from geoplatform.layers.sources.download import Client
from tests.integration.sources.conftest import Answer
from tests.reading import context, read_source

CSV = "a,lon,lat\n1,32.26,48.51\n"


def test_a_file_is_downloaded_and_its_bytes_are_the_fingerprint(site, tmp_path):
    site.answer = lambda asked: Answer(CSV)
    (tmp_path / "a.csv").write_text(CSV)
    read = read_source("csv", f"{site.url}/a.csv?token=secret", "a")
    assert read.column("a") == ["1"]
    assert read.fingerprint == read_source("csv", tmp_path / "a.csv").fingerprint
    assert site.asked[0].headers["user-agent"].startswith("geoplatform/")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=404), "answered 404"),
        (Answer(status=500), "answered 500"),
        (Answer("<!DOCTYPE html><html>Увійдіть</html>"), "HTML"),
        (Answer(CSV, length=1000), "broke off"),
        (Answer(CSV, after=20), "no answer within 0.3 s"),
        (Answer("x" * 3000), "larger than the 2,000 bytes"),
        (Answer(CSV, status=302, headers={"location": "file:///etc/passwd"}), "not http"),
        (Answer(CSV, status=302, headers={"location": "/again"}), "more than 5 redirects"),
        (Answer(CSV, headers={"content-encoding": "gzip"}), "broke off"),
    ],
)
def test_a_bad_answer_is_one_clear_line_without_the_query(site, answer, reason):
    site.answer = lambda asked: answer
    with pytest.raises(SourceError, match=reason) as error:
        read_source("csv", f"{site.url}/a.csv?token=secret", within={"timeout": 0.3, "max_bytes": 2000})
    assert str(error.value).startswith(f"{site.url}/")
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_nobody_listening_is_said(site, monkeypatch, tmp_path):
    client = Client(context(tmp_path), sleep=lambda seconds: None)
    with pytest.raises(SourceError, match="can't connect"):
        client.download("http://127.0.0.1:9/a.csv")


def test_a_redirect_on_the_same_host_is_followed_and_one_into_a_private_network_is_not(site, tmp_path):
    def answer(asked):
        if asked.path == "/new":
            return Answer(CSV)
        target = "/new" if asked.path == "/old" else f"http://localhost:{site.url.rpartition(':')[2]}/new"
        return Answer(status=301, headers={"location": target})

    site.answer = answer
    assert read_source("csv", f"{site.url}/old", "a").column("a") == ["1"]
    with pytest.raises(SourceError, match="private network"):
        read_source("csv", f"{site.url}/elsewhere")


@pytest.mark.parametrize("after", ["7", "in 7 s as a date", None, "soon"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says(site, tmp_path, status, after):
    waits = []
    header = formatdate(time() + 7, usegmt=True) if after == "in 7 s as a date" else after
    headers = {} if header is None else {"retry-after": header}
    site.answer = lambda asked: Answer(CSV, 200 if len(site.asked) > 2 else status, headers)
    path = Client(context(tmp_path), sleep=waits.append).download(f"{site.url}/a.csv")
    assert path.read_text() == CSV
    stated = after is not None and after != "soon"
    assert len(waits) == 2
    assert waits == pytest.approx([7, 7] if stated else [1, 2], abs=2 if stated else 0)


def test_a_server_that_stays_busy_or_asks_for_too_long_is_given_up(site, tmp_path):
    site.answer = lambda asked: Answer(status=503)
    with pytest.raises(SourceError, match="answered 503"):
        Client(context(tmp_path), sleep=lambda seconds: None).download(f"{site.url}/a")
    assert len(site.asked) == download.RETRIES + 1
    site.answer = lambda asked: Answer(status=429, headers={"retry-after": "86400"})
    with pytest.raises(SourceError, match="asks to wait 86400 s"):
        Client(context(tmp_path), sleep=lambda seconds: None).download(f"{site.url}/a")


def test_all_pages_of_one_source_share_the_bound(site, tmp_path):
    site.answer = lambda asked: Answer("x" * 600)
    client = Client(context(tmp_path, max_bytes=1000))
    client.download(f"{site.url}/1")
    with pytest.raises(SourceError, match="larger than the 1,000 bytes"):
        client.download(f"{site.url}/2")


class TestOgcApiFeatures:
    FEATURES = [
        {"type": "Feature", "id": f"f{i}", "properties": {"n": i}, "geometry": {"type": "Point", "coordinates": [32.26, 48.51]}}
        for i in range(5)
    ]

    @pytest.fixture
    def api(self, site):
        """Five features in pages of two, as pygeoapi pages them."""

        def answer(asked):
            if asked.path != "/ogcapi/collections/shops/items":
                return Answer(status=404)
            start = int(asked.query.get("offset", 0))
            page = {
                "type": "FeatureCollection",
                "features": self.FEATURES[start : start + 2],
                "numberMatched": 5,
                "timeStamp": f"2026-01-01T00:00:{len(site.asked):02}Z",
                "links": [{"rel": "self", "href": "x"}],
            }
            if start + 2 < 5:
                page["links"].append({"rel": "next", "href": f"{site.url}{asked.path}?offset={start + 2}&limit=2"})
            return Answer(json.dumps(page), headers={"content-type": "application/geo+json"})

        site.answer = answer
        return site

    def test_all_pages_are_read_and_the_fingerprint_forgets_the_time(self, api):
        first = read_source("ogcapi_features", f"{api.url}/ogcapi", "id n", layer="shops", options={"page_size": 2})
        assert first.rows == [{"id": f"f{i}", "n": i} for i in range(5)]
        again = read_source("ogcapi_features", f"{api.url}/ogcapi/collections/shops/items", "id n")
        assert again.fingerprint == first.fingerprint
        assert api.asked[0].query == {"f": "json", "limit": "2"}

    def test_filter_bbox_and_crs_are_asked_for(self, site):
        crs = "http://www.opengis.net/def/crs/EPSG/0/5564"
        feature = {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "Point", "coordinates": [5375509.6546, 6445438.2576]},
        }
        site.answer = lambda asked: Answer(json.dumps({"features": [feature]}), headers={"content-crs": f"<{crs}>"})
        read = read_source(
            "ogcapi_features", site.url, layer="a", query="kind = 'школа'", crs="EPSG:5564", options={"bbox": "32,48,33,49"}
        )
        assert read.lon_lat == [(32.26, 48.51)]
        expected = {"filter": "kind = 'школа'", "filter-lang": "cql2-text", "crs": crs, "bbox": "32,48,33,49"}
        assert expected.items() <= site.asked[0].query.items()

    def test_a_server_that_ignores_the_crs_is_not_believed(self, site):
        site.answer = lambda asked: Answer(json.dumps({"features": self.FEATURES}))
        with pytest.raises(SourceError, match="asked for EPSG:5564, the server answered in OGC:CRS84"):
            read_source("ogcapi_features", site.url, layer="a", crs="EPSG:5564")

    @pytest.mark.parametrize(
        "href", ["file:///etc/passwd", "http://169.254.169.254/latest", "https://127.0.0.1/a", "//localhost/a", "gopher://x/"]
    )
    def test_a_next_link_that_leads_elsewhere_is_refused(self, site, href):
        site.answer = lambda asked: Answer(json.dumps({"features": self.FEATURES, "links": [{"rel": "next", "href": href}]}))
        with pytest.raises(SourceError, match="leads elsewhere"):
            read_source("ogcapi_features", site.url, layer="a")
        assert len(site.asked) == 1

    def test_next_links_in_a_circle_come_to_an_end(self, site):
        site.answer = lambda asked: Answer(json.dumps({"features": self.FEATURES, "links": [{"rel": "next", "href": "?p=2"}]}))
        with pytest.raises(SourceError, match="do not come to an end"):
            read_source("ogcapi_features", site.url, layer="a")

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("<html></html>", "HTML"),
            ('{"features": [{"type": "Feat', "not valid JSON"),
            ('{"code": "NotFound"}', "no FeatureCollection"),
            ('{"features": [], "numberMatched": 9}', "announced 9 features and gave 0"),
        ],
    )
    def test_a_bad_page_is_refused(self, site, body, reason):
        site.answer = lambda asked: Answer(body)
        with pytest.raises(SourceError, match=reason):
            read_source("ogcapi_features", site.url, layer="a")

    def test_an_empty_collection_and_a_missing_layer(self, site):
        site.answer = lambda asked: Answer('{"type": "FeatureCollection", "features": [], "numberMatched": 0}')
        assert read_source("ogcapi_features", site.url, layer="a").rows == []
        with pytest.raises(SourceError, match="name the collection"):
            read_source("ogcapi_features", site.url)
