"""The catalogue service (CSW, OpenSearch, SRU), by GET and by POST, tells nobody of records that are not for them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.leaks.catalogue_site import LAYERS, body

PRINCIPALS = ("anonymous", "resident", "member", "staff", "switched off", "wrong password", "forged token")
#: Who sees only what is public, whatever they show.
AS_ANONYMOUS = ("switched off", "wrong password", "forged token")

CSW = "/catalogue/csw?service=CSW&version=2.0.2"
CSW3 = "/catalogue/csw?service=CSW&version=3.0.0"
ISO = "http://www.isotc211.org/2005/gmd"
SCHEMAS = ("http://www.opengis.net/cat/csw/2.0.2", ISO, "http://www.opengis.net/cat/csw/csdgm", "http://www.w3.org/2005/Atom")
_ALL = "elementsetname=full&resulttype=results&maxrecords=100"
_RECORDS = f"{CSW}&request=GetRecords&typenames=csw:Record&{_ALL}"
_CQL = "&constraintlanguage=CQL_TEXT&constraint_language_version=1.1.0&constraint="

#: Addresses that list or search; each query would find every layer.
LISTS = [
    _RECORDS,
    *(f"{CSW}&request=GetRecords&typenames=gmd:MD_Metadata&outputSchema={schema}&{_ALL}" for schema in SCHEMAS),
    f"{CSW}&request=GetRecords&typenames=csw:Record&elementsetname=brief&resulttype=results&maxrecords=100",
    f"{CSW}&request=GetRecords&typenames=csw:Record&resulttype=hits",
    f"{_RECORDS}{_CQL}dc:title%20like%20'%25_zq%25'",
    f"{_RECORDS}{_CQL}csw:AnyText%20like%20'%25zq%25'",
    f"{_RECORDS}{_CQL}dc:title%20like%20'%25_zq%25'%20or%20dc:title%20like%20'%25'",
    f"{_RECORDS}&sortby=dc:title:D",
    f"{_RECORDS}&startposition=2",
    f"{CSW3}&request=GetRecords&typenames=csw:Record&q=zq&{_ALL}",
    f"{CSW3}&request=GetRecords&typenames=csw:Record&bbox=20,40,40,60&{_ALL}",
    f"{CSW3}&mode=opensearch&request=GetRecords&typenames=csw:Record&q=zq&{_ALL}",
    "/catalogue/csw?mode=sru&operation=searchRetrieve&query=zq&maximumRecords=100",
]
#: What describes the service and the values that records have.
WHOLE = [
    f"{CSW}&request=GetCapabilities",
    f"{CSW3}&request=GetCapabilities",
    f"{CSW}&request=DescribeRecord",
    *(f"{CSW}&request=GetDomain&PropertyName={name}" for name in ("dc:title", "dc:identifier", "dc:subject", "csw:AnyText")),
    f"{CSW}&request=GetDomain&ParameterName=GetRecords.resultType",
    "/catalogue/opensearch",
]
#: Addresses of one record, with {uuid}.
OF_RECORD = [
    *(f"{CSW}&request=GetRecordById&elementsetname=full&outputSchema={schema}&id={{uuid}}" for schema in SCHEMAS),
    f"{CSW3}&request=GetRecordById&elementsetname=full&id={{uuid}}",
    f"{CSW}&request=GetRepositoryItem&id={{uuid}}",
]
_POST = (
    '<csw:{operation} xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:ogc="http://www.opengis.net/ogc"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" service="CSW" version="2.0.2"{more}</csw:{operation}>'
)
_QUERY = (
    ' maxRecords="100" resultType="results"><csw:Query typeNames="csw:Record"><csw:ElementSetName>full</csw:ElementSetName>'
    "{constraint}</csw:Query>"
)
_LIKE = (
    '<csw:Constraint version="1.1.0"><ogc:Filter><ogc:PropertyIsLike wildCard="%" singleChar="_" escapeChar="\\">'
    "<ogc:PropertyName>{name}</ogc:PropertyName><ogc:Literal>%zq%</ogc:Literal></ogc:PropertyIsLike></ogc:Filter></csw:Constraint>"
)
POSTED_LISTS = [
    _POST.format(operation="GetRecords", more=_QUERY.format(constraint=constraint))
    for constraint in ("", _LIKE.format(name="dc:title"), _LIKE.format(name="csw:AnyText"))
]
POSTED_OF_RECORD = _POST.format(operation="GetRecordById", more="><csw:Id>{uuid}</csw:Id>")
WRITES = [
    _POST.format(operation="Transaction", more="><csw:Delete>" + _LIKE.format(name="dc:title") + "</csw:Delete>"),
    _POST.format(
        operation="Harvest",
        more="><csw:Source>http://127.0.0.1:9/</csw:Source>"
        "<csw:ResourceType>http://www.opengis.net/cat/csw/2.0.2</csw:ResourceType>",
    ),
]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def everybody(catalogue_site):
    """Clients by the principal's name, and {layer: uuid}."""
    from django.contrib.auth import get_user_model

    clients, records = catalogue_site
    gone = get_user_model().objects.create_user("gone", "gone@example.org", "x", is_superuser=True)
    clients["switched off"] = Client(raise_request_exception=False)
    clients["switched off"].force_login(gone, backend="django.contrib.auth.backends.ModelBackend")
    get_user_model().objects.filter(pk=gone.pk).update(is_active=False)
    # staff:wrong
    clients["wrong password"] = Client(raise_request_exception=False, headers={"Authorization": "Basic c3RhZmY6d3Jvbmc="})
    clients["forged token"] = Client(raise_request_exception=False, headers={"Authorization": "Bearer gpt_" + "A" * 43})
    return clients, {layer: uuid for layer, (_pk, uuid) in records.items()}


def may_see(name: str, layer: str) -> bool:
    return ("anonymous" if name in AS_ANONYMOUS else name) in LAYERS[layer]


def steady(text: str) -> str:
    """Return the answer without the moment at which it was made."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", "", text)


def test_the_catalogue_service_tells_nobody_of_records_that_are_not_for_them(everybody):
    clients, records = everybody
    tries, leaks = 0, []

    def ask(name: str, address: str, document: str | None = None) -> str:
        nonlocal tries
        tries += 1
        client = clients[name]
        answer = (
            client.get(address) if document is None else client.post("/catalogue/csw", document, content_type="application/xml")
        )
        text = body(answer)
        if answer.status_code >= 500:
            leaks.append(f"{name}: {address}: status {answer.status_code}")
        if "access_token" in text:
            leaks.append(f"{name}: {address}: holds a token")
        return text

    for name in PRINCIPALS:
        seen = {layer for layer in LAYERS if may_see(name, layer)}
        hidden = set(LAYERS) - seen
        secrets = {layer: [f"Назва {layer}", f"Title {layer}", f"word {layer}", records.get(layer, layer)] for layer in hidden}
        for address, document in [
            *((address, None) for address in [*LISTS, *WHOLE]),
            *((f"POST {number}", text) for number, text in enumerate(POSTED_LISTS)),
        ]:
            text = ask(name, address, document)
            leaks += [f"{name}: {address}: tells of {layer}" for layer in hidden if any(word in text for word in secrets[layer])]
            matched = re.search(r'numberOfRecordsMatched="(\d+)"', text)
            if matched and int(matched[1]) > len(seen):
                leaks.append(f"{name}: {address}: counts {matched[1]}, there are {len(seen)} to be seen")
        single = [] if name in AS_ANONYMOUS else [*((pattern, False) for pattern in OF_RECORD), (POSTED_OF_RECORD, True)]
        for pattern, posted in single:

            def of_record(uuid: str, pattern: str = pattern, posted: bool = posted, name: str = name) -> str:
                text = ask(name, "POST GetRecordById" if posted else pattern.format(uuid=uuid),
                           pattern.format(uuid=uuid) if posted else None)  # fmt: skip
                return steady(text.replace(uuid, ""))

            absent = of_record(UNKNOWN)
            leaks += [
                f"{name}: {pattern}: {layer} is told apart from a record that is not there"
                for layer in hidden & records.keys()
                if of_record(records[layer]) != absent
            ]
        # what is there can be found, or the above would show nothing
        for found in (ask(name, _RECORDS), ask(name, "POST", POSTED_LISTS[0])):
            missing = [layer for layer in seen if records[layer] not in found]
            if missing:
                leaks.append(f"{name}: {missing} are not listed: {found[:300]}")
    print(f"CSW: {len(PRINCIPALS)} principals, {tries} tries")
    assert tries > 200
    assert not leaks, "\n".join(leaks)


def test_nobody_writes_through_the_catalogue_service(monuments, anonymous_client, staff_client):
    from geoplatform.publishing.catalogue_record import layer_datasets

    [before] = layer_datasets().values_list("uuid", flat=True)
    for client in (anonymous_client, staff_client):
        for document in WRITES:
            answer = client.post("/catalogue/csw", document, content_type="application/xml")
            assert "are not supported" in body(answer), answer.content
    assert [*layer_datasets().values_list("uuid", flat=True)] == [before]


def test_what_one_principal_may_see_is_never_the_filter_of_another(staff_client, monkeypatch):
    """GeoNode writes the filter of the request into a dictionary that all threads of a process share."""
    from geonode.catalogue.backends.pycsw_local import CONFIGURATION
    from pycsw import server

    shared, dispatch, seen = CONFIGURATION["repository"]["filter"], server.Csw.dispatch_wsgi, []

    def look(self):
        seen.append(CONFIGURATION["repository"]["filter"])
        return dispatch(self)

    monkeypatch.setattr(server.Csw, "dispatch_wsgi", look)
    assert staff_client.get(_RECORDS).status_code == 200
    assert seen == [shared], "while staff's request is answered, another thread would read with staff's filter"


def test_a_catalogue_without_anything_public_answers_strangers(small_library, anonymous_client):
    small_library.describe("depot_zq", "staff")
    small_library.fill("depot_zq", 1)
    small_library.sync("depot_zq")
    answer = anonymous_client.get(f"{CSW}&request=GetCapabilities")
    assert answer.status_code == 200 and b"Capabilities" in answer.content, answer.content[:300]
