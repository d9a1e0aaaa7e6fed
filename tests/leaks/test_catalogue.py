"""What a principal may not see, no page, interface or picture of the control plane tells them. A new outlet is one line."""

from __future__ import annotations

import json

import pytest

from tests.leaks.catalogue_site import LAYERS, body

PRINCIPALS = ("anonymous", "resident", "member", "colleague", "limited token")
#: Level of an attribute -> words that tell of it, and who may read them.
WORDS = {"staff": ("ключ у сторожа", "Службова примітка", "Internal note"), "restricted": ("Таємне",)}
MAY_READ = {"staff": {"colleague"}, "restricted": set()}

#: Addresses that list or search: nothing hidden may be in what they answer.
WHOLE = [
    *("/", "/en/", "/map/", "/en/map/", "/sitemap.xml", "/robots.txt", "/catalogue/"),
    *("/api/v2/datasets/", "/api/v2/datasets/?page_size=200", "/api/v2/resources/", "/api/v2/resources/?search=zq"),
    *("/api/v2/keywords/", "/api/v2/categories/", "/api/v2/owners/", "/api/v2/groups/", "/api/v2/facets/"),
    *("/api/v2/resources/?filter{title.icontains}=zq", "/api/v2/datasets/?filter{name}=vault_zq"),
    *("/facilities/", "/en/facilities/", "/facilities/?layer=vault_zq&state=unknown", "/offline/", "/en/offline/"),
    *("/offline/data.json", "/sw.js", "/sitemap/pages.xml", "/sitemap/catalogue.xml", "/hub/facilities/"),
    *("/hub/facilities/undo/", "/hub/banner/"),
    *("/hub/", "/hub/publication/", "/hub/layers/new/", "/account/tokens/", "/search/?q=zq", "/en/search/?q=Title"),
    *("/hub/banner/end/", "/map/compare/rasters/", "/map/-/photos/", "/map/-/tools/layers/"),
]
#: Pages by which all staff look after the layers: each one that is described is named, and how it fares, but nothing in it.
NAMED_TO_STAFF = {"/hub/", "/hub/publication/"}
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
    *("/hub/layers/{layer}/versions/", "/hub/layers/{layer}/compare/", "/hub/layers/{layer}/compare.svg"),
    *("/hub/layers/{layer}/upload/", "/hub/layers/{layer}/remove/", "/hub/rasters/{layer}/", "/hub/rasters/{layer}/level/"),
]
#: Method and address of what changes a layer's features.
WRITES = [
    *(("OPTIONS", f"/ogcapi/collections/{{layer}}/items{feature}") for feature in ("", "/m1")),
    ("POST", "/ogcapi/collections/{layer}/items"),
    *((method, "/ogcapi/collections/{layer}/items/m1") for method in ("PUT", "PATCH", "DELETE")),
]


class Tries:
    """Asks as everybody, counts the tries, and says what leaked."""

    def __init__(self, clients, records):
        self.clients, self.records = clients, records
        self.count, self.leaks = 0, []

    def address(self, pattern: str, layer: str) -> str:
        """Return the address of one layer."""
        pk, uuid = self.records.get(layer, (999_999, "00000000-0000-0000-0000-000000000000"))
        return pattern.format(layer=layer, pk=pk, uuid=uuid)

    def ask(self, name: str, address: str) -> str:
        """Return what a GET tells."""
        self.count += 1
        answer = self.clients[name].get(address)
        if answer.status_code >= 500:
            self.leaks.append(f"{name}: {address}: status {answer.status_code}")
        return body(answer)

    def told(self, name: str, method: str, pattern: str, layer: str) -> tuple[int, str]:
        """Return what a request to change a feature is answered, without the layer's name."""
        self.count += 1
        feature = {"type": "Feature", "geometry": None, "properties": {}}
        headers = {"If-Match": "*"}
        more = {} if method == "OPTIONS" else {"data": json.dumps(feature), "content_type": "application/geo+json"}
        answer = getattr(self.clients[name], method.lower())(pattern.format(layer=layer), headers=headers, **more)
        return answer.status_code, body(answer).replace(layer, "…") + answer.headers.get("Allow", "")

    def expect_none(self, name: str, address: str, words: list[str], text: str) -> None:
        """Note it when the text holds one of the words."""
        told = [word for word in words if word in text]
        if told:
            self.leaks.append(f"{name}: {address}: tells of {told}")


def test_every_outlet_of_critical_facilities_is_in_the_table(django_process):
    from geoplatform.facilities import urls

    asked = [address.partition("?")[0].lstrip("/").format(layer="open_zq", pk=1, uuid="") for address in (*WHOLE, *OF_LAYER)]
    asked = [address.removeprefix("en/") for address in asked]
    assert [str(route.pattern) for route in (*urls.urlpatterns, *urls.plain) if not any(map(route.resolve, asked))] == []


@pytest.fixture
def tries(catalogue_site) -> Tries:
    """What everybody asks, counted."""
    clients, records = catalogue_site
    assert set(records) == set(LAYERS) - {"vault_zq", "vault_pic_zq"}, "what is restricted has no record at all"
    return Tries(clients, records)


def test_no_outlet_of_the_control_plane_tells_what_is_hidden(tries):
    """Neither a layer that is hidden from who asks, nor in what is shown an attribute above their level."""
    for name in PRINCIPALS:
        hidden = [layer for layer, seen_by in LAYERS.items() if name not in seen_by]
        secrets = [word for level, words in WORDS.items() if name not in MAY_READ[level] for word in words]
        for address in WHOLE:
            text = tries.ask(name, address)
            # what was asked for is echoed in links
            asked = address.partition("?")[2]
            named = name == "colleague" and address in NAMED_TO_STAFF
            words = ["Пам’ятник 1"] if named else [layer for layer in hidden if layer not in asked]
            tries.expect_none(name, address, words + secrets, text)
        for layer in hidden:
            words = [f"Назва {layer}", f"Title {layer}", f"word {layer}"]
            for pattern in OF_LAYER:
                address = tries.address(pattern, layer)
                # the map shows the open layer instead, whose features are called the same
                shown = [] if pattern.startswith("/map/?") else ["Пам’ятник 1"]
                tries.expect_none(name, address, [*words, *shown], tries.ask(name, address))
            for method, pattern in WRITES:
                told, absent = (tries.told(name, method, pattern, of) for of in (layer, "absent_zq"))
                if told != absent:
                    tries.leaks.append(f"{name}: {method} {pattern}: {layer} is told apart from an absent one: {told}")
        for pattern in OF_LAYER:
            address = tries.address(pattern, "open_zq")
            tries.expect_none(name, address, secrets, tries.ask(name, address))
    print(f"{len(PRINCIPALS)} principals, {tries.count} tries")
    assert tries.count > 1500
    assert not tries.leaks, "\n".join(tries.leaks)


def test_layers_that_are_not_public_have_no_picture(catalogue_site):
    from geoplatform.publishing.catalogue_record import layer_datasets

    pictures = {
        dataset.name: bool(dataset.thumbnail_url and "/uploaded/" in dataset.thumbnail_url) for dataset in layer_datasets()
    }
    assert {name for name, has in pictures.items() if has} <= {"open_zq"}
