"""What a principal may not see, no page, interface or picture of the control plane tells them. A new outlet is one line."""

from __future__ import annotations

from tests.leaks.catalogue_site import LAYERS, body

#: Addresses that list or search: nothing hidden may be in what they answer.
WHOLE = [
    *("/", "/en/", "/map/", "/en/map/", "/sitemap.xml", "/robots.txt", "/catalogue/"),
    *("/api/v2/datasets/", "/api/v2/datasets/?page_size=200", "/api/v2/resources/", "/api/v2/resources/?search=zq"),
    *("/api/v2/keywords/", "/api/v2/categories/", "/api/v2/owners/", "/api/v2/groups/", "/api/v2/facets/"),
    *("/api/v2/resources/?filter{title.icontains}=zq", "/api/v2/datasets/?filter{name}=vault_zq"),
    *("/facilities/", "/en/facilities/", "/facilities/?layer=vault_zq&state=unknown", "/offline/", "/en/offline/"),
    *("/offline/data.json", "/sw.js", "/sitemap/pages.xml", "/sitemap/catalogue.xml", "/hub/facilities/"),
    *("/hub/facilities/undo/", "/hub/banner/"),
    *("/hub/banner/end/", "/map/compare/rasters/", "/map/-/photos/", "/map/-/tools/layers/"),
]
#: Addresses of one layer, with {layer}, and of its record, with {pk} and {uuid}.
OF_LAYER = [
    *("/map/?layer={layer}", "/map/{layer}/m1/", "/en/map/{layer}/m1/"),
    *("/map/compare/rasters/?raster={layer}", "/map/compare/rasters/?other={layer}", "/map/about-layer/{layer}/"),
    *("/sitemap/{layer}.1.xml", "/feeds/{layer}.atom", "/en/feeds/{layer}.atom"),
    *("/api/v2/datasets/{pk}/", "/api/v2/resources/{pk}/", "/api/v2/resources/{pk}/permissions", "/hub/datasets/{pk}/"),
    *("/api/v2/datasets/{pk}/timeseries", "/api/v2/metadata/instance/{pk}/", "/api/v2/resources/{pk}/linked_resources"),
    *("/datasets/geoplatform:{layer}/dataset_download", "/datasets/geoplatform:{layer}/embed", "/datasets/geoplatform:{layer}"),
    *("/datasets/geoplatform:{layer}/metadata_detail", "/resources/{pk}/metadata_detail", "/showmetadata/xsl/{pk}"),
    *("/catalogue/uuid/{uuid}", "/hub/layers/{layer}/", "/metadata/{pk}"),
]


def test_every_outlet_of_critical_facilities_is_in_the_table(django_process):
    from geoplatform.facilities import urls

    asked = [address.partition("?")[0].lstrip("/").format(layer="open_zq", pk=1, uuid="") for address in (*WHOLE, *OF_LAYER)]
    asked = [address.removeprefix("en/") for address in asked]
    assert [str(route.pattern) for route in (*urls.urlpatterns, *urls.plain) if not any(map(route.resolve, asked))] == []


def test_no_outlet_of_the_control_plane_tells_what_is_hidden(catalogue_site):
    clients, records = catalogue_site
    assert set(records) == set(LAYERS) - {"vault_zq", "vault_pic_zq"}, "what is restricted has no record at all"
    tries, leaks = 0, []
    for name in ("anonymous", "resident", "member"):
        hidden = [layer for layer, seen_by in LAYERS.items() if name not in seen_by]
        for address in WHOLE:
            answer = clients[name].get(address)
            tries += 1
            text = body(answer)
            if answer.status_code >= 500:
                leaks.append(f"{name}: {address}: status {answer.status_code}")
            # what was asked for is echoed in links
            asked = address.partition("?")[2]
            leaks += [f"{name}: {address}: tells of {layer}" for layer in hidden if layer in text and layer not in asked]
        for layer in hidden:
            pk, uuid = records.get(layer, (999_999, "00000000-0000-0000-0000-000000000000"))
            for pattern in OF_LAYER:
                address = pattern.format(layer=layer, pk=pk, uuid=uuid)
                answer = clients[name].get(address)
                tries += 1
                text = body(answer)
                words = [f"Назва {layer}", f"Title {layer}", f"word {layer}"]
                if not pattern.startswith("/map/?"):  # the map shows the open layer instead, whose features are called the same
                    words.append("Пам’ятник 1")
                told = [word for word in words if word in text]
                if answer.status_code >= 500 or told:
                    leaks.append(f"{name}: {address}: status {answer.status_code}, tells of {told}")
    print(f"{tries} tries")
    assert tries > 150
    assert not leaks, "\n".join(leaks)


def test_no_attribute_above_the_public_is_told_by_an_open_record(catalogue_site):
    clients, records = catalogue_site
    for pattern in [*OF_LAYER, *WHOLE]:
        pk, uuid = records["open_zq"]
        text = body(
            clients["anonymous"].get(pattern.replace("{layer}", "open_zq").replace("{pk}", str(pk)).replace("{uuid}", uuid))
        )
        for word in ("ключ у сторожа", "Службова примітка", "Internal note", "Таємне"):
            assert word not in text, f"{pattern}: tells {word}"


def test_layers_that_are_not_public_have_no_picture(catalogue_site):
    from geoplatform.publishing.catalogue_record import layer_datasets

    pictures = {
        dataset.name: bool(dataset.thumbnail_url and "/uploaded/" in dataset.thumbnail_url) for dataset in layer_datasets()
    }
    assert {name for name, has in pictures.items() if has} <= {"open_zq"}
