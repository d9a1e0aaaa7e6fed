"""The serving plane's WSGI application: which address is answered by whom, and how faults become answers."""

from __future__ import annotations

import logging
import re
import string
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
import psycopg_pool
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from geoplatform.access import Unauthorized
from geoplatform.serving import describe, finding, health, items, maps, pages, publication, records, stylesets, tilesets
from geoplatform.serving.context import HTML, ROOT, VARY, Answer, Context, NotModified
from geoplatform.serving.mapstore import absent, table
from geoplatform.serving.problems import Problem

LOGGER = logging.getLogger(__name__)

#: A question longer than this is refused before anything reads it: 20,000 Cyrillic letters take 120,000 bytes in an address.
#: Counted are the bytes that links to further pages will have, so that those are not refused; nginx takes a bit more.
_MAX_QUERY = 130_000
#: What those links add or replace.
_OURS = re.compile(rb"(?:^|&)(?:after|offset|f)=[^&]*")
#: Bytes that stay as they are; all others may become three.
_AS_THEY_ARE = b"-._~%&,:/" + (string.ascii_letters + string.digits).encode()

Handler = Callable[..., Answer]

#: How often a request is tried when what is published changes under it.
_ATTEMPTS = 4
#: What is said then: view or column are gone or not granted any more, a prepared statement has lost its view, or who read it for
#: long was cut off, so that it could be changed.
_VIEW_CHANGED = (
    publication.Changed,
    psycopg.errors.AdminShutdown,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.FeatureNotSupported,
)

_COLLECTION = f"{ROOT}/collections/<layer_id>"
_TILESETS = f"{_COLLECTION}/tiles"

#: Other WSGI applications of this process, by path.
MOUNTED: dict[str, Callable[[dict, Callable], Iterable[bytes]]] = {"/healthz": health.application}

ROUTES: list[tuple[str, Handler]] = [
    (f"{ROOT}/", describe.landing),
    (f"{ROOT}/conformance", describe.conformance),
    (f"{ROOT}/openapi", describe.openapi),
    (f"{ROOT}/collections", describe.collections),
    (_COLLECTION, describe.collection),
    (f"{_COLLECTION}/schema", describe.schema),
    (f"{_COLLECTION}/queryables", describe.queryables),
    (f"{_COLLECTION}/items", items.collection_items),
    (f"{_COLLECTION}/items/<feature_id>", items.collection_item),
    (f"{_COLLECTION}/style", tilesets.style),
    (_TILESETS, tilesets.tileset_list),
    (f"{_TILESETS}/<matrix_set>", tilesets.tileset),
    (f"{_TILESETS}/<matrix_set>/<z>/<y>/<x>", tilesets.tile),
    (f"{ROOT}/pages.css", pages.stylesheet),
    *maps.ROUTES,
    *table.ROUTES,
    *absent.ROUTES,
    *stylesets.ROUTES,
    *records.ROUTES,
    *finding.ROUTES,
    (f"{ROOT}/TileMatrixSets", describe.tile_matrix_sets),
    (f"{ROOT}/TileMatrixSets/<matrix_set>", describe.tile_matrix_set),
]
_METHODS = ("GET", "HEAD", "OPTIONS")
_ALLOW = ", ".join(_METHODS)
_POSTED = ("/ows", "/en/ows", "/wps")
_map = Map([Rule(path, endpoint=handler, strict_slashes=path.endswith("/")) for path, handler in ROUTES], merge_slashes=False)


def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """Answer one request (WSGI)."""
    mounted = MOUNTED.get(environ.get("PATH_INFO", ""))
    if mounted is not None:
        return mounted(environ, start_response)
    request = Request(environ)
    response = _options() if request.method == "OPTIONS" else _answered(request)
    response.headers["Access-Control-Allow-Origin"] = "*"  # data for everybody, also for a page of another site
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response(environ, start_response)


def _answered(request: Request) -> Response:
    context = None
    try:
        # questions too long for an address; what they may hold is checked by who answers
        asked_by_post = request.method == "POST" and request.path in _POSTED
        if request.method not in _METHODS and not asked_by_post:
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"only {_ALLOW} are answered here", {"Allow": _ALLOW})
        if _is_too_long(request.query_string):
            raise Problem(
                HTTPStatus.REQUEST_URI_TOO_LONG, f"the query is longer than {_MAX_QUERY} bytes; shorten the filter or the values"
            )
        context = Context(request)
        return _response(_handled(context, _map.bind_to_environ(request.environ)))
    except NotModified as unchanged:
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=unchanged.headers)
    except RequestRedirect as redirect:  # /ogcapi -> /ogcapi/
        query = request.query_string.decode("latin-1")
        target = redirect.new_url.split("?")[0].split("//", 1)[1].partition("/")[2]
        return Response(status=redirect.code, headers={"Location": f"/{target}" + (f"?{query}" if query else "")})
    except NotFound:
        return _problem(context, Problem(HTTPStatus.NOT_FOUND, "there is nothing at this address"))
    except HTTPException as error:
        status = HTTPStatus(error.code or 400)
        return _problem(context, Problem(status, status.phrase))
    except Problem as problem:
        return _problem(context, problem)
    except Unauthorized as error:
        challenge = {"WWW-Authenticate": 'Basic realm="geoplatform", charset="UTF-8"'}
        return _problem(context, Problem(HTTPStatus.UNAUTHORIZED, str(error), challenge))
    except Exception:
        # a fault of ours: the log gets the trace, the client a clean answer
        LOGGER.exception("%s %s", request.method, request.path)
        return _problem(context, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of the service; it has been logged"))


def _is_too_long(query: bytes) -> bool:
    if len(query) * 3 <= _MAX_QUERY:
        return False
    if len(query) > 2 * _MAX_QUERY:
        return True
    question = _OURS.sub(b"", query)
    return len(question) + 2 * len(question.translate(None, _AS_THEY_ARE)) > _MAX_QUERY


def _handled(context: Context, adapter: MapAdapter) -> Answer:
    """Return the handler's answer; what the database has against the request becomes a Problem."""
    handler, arguments = adapter.match()
    try:
        return _tried_again(handler, context, arguments)
    except psycopg.errors.StatementTooComplex:
        raise Problem(HTTPStatus.BAD_REQUEST, "the query is too complex") from None
    except psycopg.errors.QueryCanceled:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "the query takes too long; ask for less at once", {"Retry-After": "10"}
        ) from None
    except (psycopg.DataError, psycopg.errors.InternalError_) as error:
        # a value that PostgreSQL or PostGIS can't work with: division by zero, a broken geometry, a coordinate off the map
        raise Problem(HTTPStatus.BAD_REQUEST, f"the database refuses the query: {_first_line(error)}") from None
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        LOGGER.error("database: %s", _first_line(error))
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer; try again", {"Retry-After": "5"}) from None


def _tried_again(handler: Handler, context: Context, arguments: dict[str, str]) -> Answer:
    """Return the handler's answer; when the layer's view was made anew or taken back meanwhile, look again what is published."""
    for _ in range(_ATTEMPTS):
        try:
            return handler(context, **arguments)
        except _VIEW_CHANGED as error:
            LOGGER.info("the publication changed under a request: %s", _first_line(error))
            publication.expire(context.level)
            context = Context(context.request)
    raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the collection is being published anew; try again", {"Retry-After": "1"})


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status=answer.status, headers=answer.headers, content_type=answer.content_type)
    if answer.status is HTTPStatus.NO_CONTENT:
        del response.headers["Content-Type"]
    return response


def _problem(context: Context | None, problem: Problem) -> Response:
    """Return the problem as HTML where a browser asks for a page, else as JSON."""
    wants_html = context is not None and _wants_html(context)
    headers = {"Cache-Control": "no-store", "Vary": VARY, **problem.headers}
    if wants_html:
        body = pages.render(context, "problem.html", title=problem.status.phrase, problem=problem)
        return Response(body, status=problem.status, headers=headers, content_type=HTML)
    body = orjson.dumps(problem.document())
    return Response(body, status=problem.status, headers=headers, content_type="application/problem+json")


def _wants_html(context: Context) -> bool:
    asked = context.request.args.get("f")
    if asked is not None:
        return asked == "html"
    return context.request.accept_mimetypes.best_match(("application/json", "text/html"), "application/json") == "text/html"


def _options() -> Response:
    headers = {"Allow": _ALLOW, "Access-Control-Allow-Methods": _ALLOW, "Access-Control-Allow-Headers": "*"}
    return Response(status=HTTPStatus.NO_CONTENT, headers=headers)
