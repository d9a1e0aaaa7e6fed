"""Refusals for clients of an API: problems (RFC 9457) where people get a page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from geoplatform.serving.problems import Problem


def answer(problem: Problem, more: dict[str, Any] | None = None) -> HttpResponse:
    """Return `problem` as an answer that no cache keeps and any site's page may read; `more` are further members.

    A 405 that names no methods (`Allow`) is one of an address that can only be read.
    """
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
    if problem.status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "GET, HEAD, OPTIONS"
    body = orjson.dumps({**problem.document(), **(more or {})})
    return HttpResponse(body, status=problem.status, content_type="application/problem+json", headers=headers | problem.headers)


def is_for_machines(request: HttpRequest) -> bool:
    """Return whether the address is one of an API, whose clients read no page."""
    return request.path_info.startswith(("/ogcapi/", "/api/"))
