"""A dataset's own page and its download."""

import json


def pk() -> int:
    from geoplatform.publishing.catalogue_record import layer_datasets

    return layer_datasets().get(name="monuments").pk


def test_a_stranger_reads_about_a_public_dataset_in_both_languages(monuments, anonymous_client):
    ukrainian = anonymous_client.get(f"/hub/datasets/{pk()}/").content.decode()
    english = anonymous_client.get(f"/en/hub/datasets/{pk()}/").content.decode()
    assert "<h1" in ukrainian and "Пам’ятники громади." in ukrainian
    assert "Monuments of the community." in english
    assert "/map/?layer=monuments" in ukrainian
    assert "Службова примітка" not in ukrainian


def test_the_catalogue_leads_to_the_map_which_asks_nobody_but_us(monuments, anonymous_client):
    found = anonymous_client.get(f"/api/v2/datasets/{pk()}/").json()["dataset"]
    assert found["detail_url"].endswith(f"/catalogue/#/dataset/{pk()}")
    assert f'href="/catalogue/#/dataset/{pk()}"' in anonymous_client.get(f"/hub/datasets/{pk()}/").content.decode()
    [link] = [link for link in found["links"] if link["link_type"] == "OGC:WMS"]
    assert link["url"].endswith("/ows")
    assert "openstreetmap" not in anonymous_client.get("/catalogue/").content.decode()


def test_a_dataset_that_one_may_not_see_does_not_exist(small_library, anonymous_client, resident_client, staff_client):
    from geoplatform.publishing import catalogue

    small_library.describe("monuments", "staff")
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    catalogue.follow()
    path = f"/hub/datasets/{pk()}/"
    assert anonymous_client.get(path).status_code == 404
    assert resident_client.get(path).status_code == 404
    assert staff_client.get(path).status_code == 200


def test_a_download_holds_every_feature_and_only_what_the_reader_may_see(monuments, anonymous_client, staff_client):
    def read(client):
        answer = client.get("/datasets/geoplatform:monuments/dataset_download")
        assert answer.status_code == 200
        return json.loads(b"".join(answer.streaming_content))

    public, internal = read(anonymous_client), read(staff_client)
    assert {feature["properties"]["code"] for feature in public["features"]} == {f"m{n}" for n in range(12)}
    assert public["features"][0]["geometry"]["coordinates"][0] > 32
    assert "note" not in public["features"][0]["properties"]
    assert internal["features"][0]["properties"]["note"] == "ключ у сторожа"
    assert "secret" not in internal["features"][0]["properties"]


def test_a_download_that_one_may_not_have_is_404(small_library, anonymous_client):
    from geoplatform.publishing import catalogue

    small_library.describe("monuments", "staff")
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    catalogue.follow()
    assert anonymous_client.get("/datasets/geoplatform:monuments/dataset_download").status_code == 404
