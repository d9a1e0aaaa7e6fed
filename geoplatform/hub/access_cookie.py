"""Gives signed-in people the cookie by which the serving plane knows them, renews it, and takes it back at sign-out."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from geoplatform import config
from geoplatform.access import cookie


class AccessCookieMiddleware:
    """Stands after AuthenticationMiddleware. A visitor who brings no session and opens none is not looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._key = config.load().secret("access_cookie")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        given = request.COOKIES.get(cookie.NAME)
        touched = request.session.modified  # signed in or out by this very request
        if settings.SESSION_COOKIE_NAME not in request.COOKIES and not touched:
            if given is not None:
                self._delete(response)
            return response
        if given is not None and not touched and self._is_young(given):
            return response  # the session need not be read for it
        if request.user.is_authenticated and request.user.is_active:
            if given is None or cookie.due(given, request.user.pk, time.time(), self._key):
                self._set(response, cookie.sign(request.user.pk, time.time(), self._key))
        elif given is not None:
            self._delete(response)
        return response

    def _is_young(self, value: str) -> bool:
        account = cookie.verify(value, time.time(), self._key)
        return account is not None and not cookie.due(value, account, time.time(), self._key)

    def _set(self, response: HttpResponse, value: str) -> None:
        response.set_cookie(
            cookie.NAME,
            value,
            max_age=cookie.LIFETIME,
            path="/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        patch_cache_control(response, private=True)  # a shared cache must not hand it to others

    def _delete(self, response: HttpResponse) -> None:
        response.delete_cookie(cookie.NAME, path="/", samesite="Lax")
        patch_cache_control(response, private=True)
