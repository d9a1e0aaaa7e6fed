"""OGC API Features part 4: features are created, replaced, updated and deleted where the serving plane shows them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
import psycopg
import psycopg_pool
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from psycopg import sql
from rest_framework.authentication import CSRFCheck

from geoplatform import config, database
from geoplatform.access import ANONYMOUS, Principal, Unauthorized, grants, principal_of, visible
from geoplatform.hub import feature_body, problems
from geoplatform.layers import described, edits, etag, writing
from geoplatform.layers.definition import LayerDefinition, Level
from geoplatform.layers.edits import Edit, Editor, Outcome
from geoplatform.publishing import pipeline
from geoplatform.serving.problems import Problem, bad_request, not_found, shortened

LOGGER = logging.getLogger(__name__)

COLLECTION_METHODS = ("GET", "HEAD", "OPTIONS", "POST")
ITEM_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")

#: Milliseconds that an edit waits for an upload or another edit of the same layer.
_PATIENCE = 10_000
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="geoplatform", charset="UTF-8"'}

View = Callable[..., HttpResponse]


def _answered(view: View) -> View:
    """Return `view` whose faults become problems (RFC 9457): 4xx with what to do, never a page."""

    @csrf_exempt  # checked in _principal, for those who show a session and not a token
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = _language(request)
        try:
            response = view(request, *args, **kwargs)
        except Problem as problem:
            response = problems.answer(problem)
        except edits.Refused as refused:
            response = _refused(refused, language)
        except edits.EditError as error:
            response = problems.answer(Problem(_STATUSES.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY), str(error)))
        except Unauthorized as error:
            response = problems.answer(Problem(HTTPStatus.UNAUTHORIZED, str(error), _CHALLENGE))
        except psycopg.errors.LockNotAvailable:
            response = problems.answer(
                Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the layer is being changed; try again", {"Retry-After": "10"})
            )
        except psycopg.DataError as error:
            response = problems.answer(bad_request(f"the database refuses a value: {str(error).splitlines()[0]}"))
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
            LOGGER.error("database: %s", str(error).splitlines()[0])
            response = problems.answer(
                Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer; try again", {"Retry-After": "5"})
            )
        response["Cache-Control"] = "no-store"
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return guarded


@_answered
def items(request: HttpRequest, layer: str) -> HttpResponse:
    """POST: create a feature, or up to writing.MAX_EDITS of a FeatureCollection, all or none."""
    if request.method == "OPTIONS":
        return _options(request, layer, COLLECTION_METHODS)
    if request.method != "POST":
        raise _not_here(COLLECTION_METHODS)
    target = _target(request, layer)
    document = feature_body.read(request, writing.GEOJSON)
    crs = feature_body.crs_of(request)
    wanted = [
        Edit("create", properties=target.properties(feature), geometry=feature_body.geometry(feature, crs))
        for feature in feature_body.features(document)
    ]
    outcome = target.apply(wanted)
    addresses = [target.address(feature) for feature in outcome.ids]
    response = HttpResponse(orjson.dumps({"created": addresses}), status=201, content_type="application/json")
    if len(addresses) == 1:
        response["Location"] = addresses[0]
        response["ETag"] = etag.of(outcome.version, "written")
    return response


@_answered
def item(request: HttpRequest, layer: str, feature: str) -> HttpResponse:
    """PUT, PATCH or DELETE one feature; the header If-Match says which state of it the writer knows."""
    if request.method == "OPTIONS":
        return _options(request, layer, ITEM_METHODS)
    if request.method not in ("PUT", "PATCH", "DELETE"):
        raise _not_here(ITEM_METHODS)
    target = _target(request, layer)
    if "\0" in feature:
        raise not_found(f"there is no feature {shortened(feature)} in {layer}")
    versions = _versions(request)
    if request.method == "DELETE":
        target.apply([Edit("delete", feature, versions=versions)])
        return HttpResponse(status=204)
    crs = feature_body.crs_of(request)
    if request.method == "PUT":
        document = feature_body.feature(feature_body.read(request, writing.GEOJSON), "body")
        kind = "replace"
    else:
        document = feature_body.patch(feature_body.read(request, writing.PATCHES))
        kind = "update"
    named = feature_body.identifier(document)
    if named is not None and named != feature:
        raise Problem(HTTPStatus.CONFLICT, f"the id in the body, {shortened(named)}, is not that of the address")
    if kind == "update" and document.get("properties", ...) is None:
        properties = dict.fromkeys(target.settable)  # RFC 7396: null takes the member away
    else:
        properties = document.get("properties") or {}
    if kind == "replace":
        properties = target.with_key(properties, feature)
    geometry = feature_body.geometry(document, crs)
    outcome = target.apply([Edit(kind, feature, properties, geometry, versions)])
    response = HttpResponse(status=204)
    if kind == "update":
        # not after PUT: RFC 9110, 9.3.4 allows a validator only where the body was stored byte for byte
        response["ETag"] = etag.of(outcome.version, "written")
    return response


@_answered
def nothing(request: HttpRequest) -> HttpResponse:
    """Answer any other address below /ogcapi/ that came here: the serving plane answers them, and takes no writes."""
    raise _not_here(("GET", "HEAD", "OPTIONS"))


_STATUSES = {
    edits.NotEditable: HTTPStatus.METHOD_NOT_ALLOWED,
    edits.Conflict: HTTPStatus.CONFLICT,
    edits.Missing: HTTPStatus.NOT_FOUND,
    edits.Stale: HTTPStatus.PRECONDITION_FAILED,
}


@dataclass(frozen=True)
class _Target:
    """A layer that the principal may edit."""

    editor: Editor

    @property
    def definition(self) -> LayerDefinition:
        return self.editor.definition

    @property
    def settable(self) -> list[str]:
        """Names of the attributes that the author may set."""
        return [a.name for a in self.definition.attributes if a.name not in self.editor.hidden]

    def apply(self, wanted: Sequence[Edit]) -> Outcome:
        """Apply the edits; raises edits.EditError, psycopg.Error."""
        with database.pool("owner").connection() as conn:
            conn.execute(f"set lock_timeout = {_PATIENCE}")
            try:
                return self.editor.apply(conn, wanted)
            finally:
                if not conn.closed:
                    conn.execute("reset lock_timeout")

    def address(self, feature: str) -> str:
        """Return the public address of a feature."""
        return f"{config.load().site_url}/ogcapi/collections/{self.definition.id}/items/{quote(feature, safe='')}"

    def properties(self, feature: Any) -> dict[str, Any]:
        """Return a new feature's properties, its `id` as the key when the properties do not hold one."""
        properties = dict(feature["properties"] or {})
        named = feature_body.identifier(feature)
        if named is not None and len(self.definition.key) == 1:
            properties.setdefault(self.definition.key[0], named)
        return properties

    def with_key(self, properties: dict[str, Any], feature: str) -> dict[str, Any]:
        """Return a replacement's properties with the key that the address already names."""
        return {self.definition.key[0]: feature, **properties} if len(self.definition.key) == 1 else properties


def _target(request: HttpRequest, layer: str) -> _Target:
    """Return the layer as the principal may edit it; raises Problem 401, 403, 404, 405 that tell of nothing above them."""
    principal = _principal(request)
    permissions = _permissions_on(principal, layer)
    if not permissions.allows(principal, layer, "edit"):
        raise Problem(HTTPStatus.FORBIDDEN, f"you may not edit {layer}; its owner or an administrator can let you")
    definition = _definition(layer)
    with database.pool("owner").connection() as conn:
        shown = visible.as_published(conn, definition, principal.level)
    library = described.library()
    return _Target(
        Editor(
            definition,
            library.vocabularies_of(definition),
            library.bounds_of(definition),
            f"account:{principal.account}",
            pipeline.publisher(library),
            frozenset(a.name for a in shown.attributes if not a.publication.visible_to(principal.level)),
        )
    )


def _permissions_on(principal: Principal, layer: str) -> grants.Permissions:
    """Return the permissions at the principal's level; raises Problem 404 when the layer is not there for them."""
    with database.pool(str(principal.level)).connection() as conn:
        published = sql.Identifier(f"pub_{principal.level}", "published")
        known = conn.execute(sql.SQL("select 1 from {} where layer = %s").format(published), [layer.replace("\0", "")]).fetchone()
        permissions = grants.read(conn, principal.level)
    if known is None or not permissions.allows(principal, layer, "view"):
        raise not_found(f"there is no collection {shortened(layer)}")
    return permissions


def _definition(layer: str) -> LayerDefinition:
    with database.pool("owner").connection() as conn:
        row = conn.execute("select definition from registry.layer where id = %s", [layer]).fetchone()
    if row is None:
        raise not_found(f"there is no collection {shortened(layer)}")
    return LayerDefinition.model_validate(row[0])


def _options(request: HttpRequest, layer: str, methods: Sequence[str]) -> HttpResponse:
    """Say which methods the address understands: writes where the layer is one that can be edited at all.

    Asked before a browser sends a page's request to another site, when it shows no credentials yet.
    """
    try:
        principal = principal_of(request.environ)
    except Unauthorized:
        principal = ANONYMOUS
    _permissions_on(principal, layer)
    if not _definition(layer).kept_here:
        methods = methods[:3]
    headers = {
        "Allow": ", ".join(methods),
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Crs, If-Match, If-None-Match",
        "Access-Control-Expose-Headers": "ETag, Location, Content-Crs",
    }
    if "POST" in methods:
        headers["Accept-Post"] = ", ".join(writing.GEOJSON)
    if "PATCH" in methods:
        headers["Accept-Patch"] = ", ".join(writing.PATCHES)
    return HttpResponse(status=204, headers=headers)


def _principal(request: HttpRequest) -> Principal:
    """Return who writes: by the token in the header, else by the session with its CSRF token; raises Problem 401, 403."""
    if request.headers.get("Authorization"):
        found = principal_of(request.environ)
        if not found.anonymous:
            return found
    elif request.user.is_authenticated and request.user.is_active:
        reason = _forged(request)
        if reason:
            raise Problem(HTTPStatus.FORBIDDEN, f"{reason} Send the header X-CSRFToken, or use a token of your own.")
        return _account(request.user.pk)
    raise Problem(HTTPStatus.UNAUTHORIZED, "Sign in, or give a token as 'Authorization: Bearer …'.", _CHALLENGE)


def _account(account: int) -> Principal:
    with database.pool("public").connection() as conn:
        row = conn.execute("select level, groups from access.principal_of_account(%s)", [account]).fetchone()
    if row is None:
        raise Problem(HTTPStatus.FORBIDDEN, "your account is not known here yet; try again in some seconds")
    return Principal(Level(row[0]), account, frozenset(row[1]))


def _forged(request: HttpRequest) -> str | None:
    """Return why a request with a session is not believed to be its owner's will, or None."""
    check = CSRFCheck(lambda _: None)
    check.process_request(request)
    return check.process_view(request, None, (), {})


def _versions(request: HttpRequest) -> frozenset[int] | None:
    header = request.headers.get("If-Match")
    if header is None:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            "give the feature's ETag in the header If-Match, so that nobody's change is lost; * overwrites whatever is there",
        )
    try:
        return etag.versions(header)
    except etag.EtagError as error:
        raise bad_request(str(error)) from None


def _not_here(methods: Sequence[str]) -> Problem:
    allowed = ", ".join(methods)
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"only {allowed} are answered here", {"Allow": allowed})


def _language(request: HttpRequest) -> str:
    return "en" if request.headers.get("Accept-Language", "uk").strip().lower().startswith("en") else "uk"


def _refused(refused: edits.Refused, language: str) -> HttpResponse:
    """Return the problem that lists every reason why features can't be stored."""
    reasons = [
        {"feature": position, "attribute": reason.attribute or None, "code": reason.code, "detail": reason.text(language)}
        for position, found in sorted(refused.faults.items())
        for reason in found
    ]
    first = "; ".join(reason["detail"] for reason in reasons[:10])
    problem = Problem(HTTPStatus.UNPROCESSABLE_ENTITY, first)
    return problems.answer(problem, {"reasons": reasons})
