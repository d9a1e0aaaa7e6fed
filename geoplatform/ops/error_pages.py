"""What nginx answers by itself: for machines a problem (RFC 9457), for people a page in both languages."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import jinja2
import orjson
from markupsafe import Markup, escape

from geoplatform.serving.problems import Problem

_TEMPLATE = Path(__file__).with_name("error_page.html.j2")


class ErrorPage(NamedTuple):
    """One refusal. caught: the statuses, as `error_page` of nginx has them. uk, en: what is wrong and what to do.

    headers: further ones, with variables of nginx in them.
    """

    name: str
    status: HTTPStatus
    caught: str
    title_uk: str
    uk: str
    title_en: str
    en: str
    headers: dict[str, str] = {}


ERROR_PAGES = (
    ErrorPage(
        "bad_request",
        HTTPStatus.BAD_REQUEST,
        "400",
        "Незрозумілий запит",
        "Надіслане не є запитом HTTP, який тут зрозуміють. Перевірте адресу й заголовки та надішліть запит ще раз.",
        "The request is not understood",
        "What was sent is no HTTP request that can be read here. Check the address and the headers, and send it again.",
    ),
    ErrorPage(
        "not_found",
        HTTPStatus.NOT_FOUND,
        "404",
        "За цією адресою нічого немає",
        "Перевірте адресу. Що є на порталі, перелічено на його головній сторінці та за адресою /ogcapi/.",
        "There is nothing at this address",
        "Check the address. What the portal has is listed on its home page and at /ogcapi/.",
    ),
    ErrorPage(
        "method_not_allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "405",
        "Тут так не запитують",
        "Ця адреса не приймає запитів таким методом HTTP. Які приймає, сказано в заголовку Allow.",
        "This method is not answered here",
        "This address does not take requests by this HTTP method. Which ones it takes is said in the header Allow.",
        {"Allow": "$allowed_methods"},
    ),
    ErrorPage(
        "too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "413",
        "Завеликий файл",
        "Надіслане більше, ніж приймає ця сторінка. Стисніть файл у ZIP або поділіть його на частини.",
        "The file is too large",
        "What was sent is larger than this page takes. Compress the file as ZIP or split it.",
    ),
    ErrorPage(
        "too_long",
        HTTPStatus.REQUEST_URI_TOO_LONG,
        "414",
        "Задовга адреса",
        "Адреса запиту довша, ніж тут читають. Скоротіть умови після знака питання: задайте коротший фільтр або менше значень.",
        "The address is too long",
        "The address is longer than is read here. Shorten what follows the question mark: a shorter filter, fewer values.",
    ),
    ErrorPage(
        "headers_too_large",
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "494 =431",
        "Завеликі заголовки запиту",
        "Заголовки запиту більші, ніж тут читають. Видаліть файли cookie цього сайту й відкрийте сторінку знову.",
        "The request's headers are too large",
        "The request's headers are larger than is read here. Delete this site's cookies and open the page again.",
    ),
    ErrorPage(
        "unknown_host",
        HTTPStatus.MISDIRECTED_REQUEST,
        "421",
        "За цією адресою порталу немає",
        "Портал відповідає лише за своєю адресою. Якщо ви його адмініструєте, вкажіть цю адресу в GEOPLATFORM_SITE_URL або"
        " GEOPLATFORM_ALLOWED_HOSTS.",
        "The portal is not at this address",
        "The portal answers under its own address only. If you run it, name this address in GEOPLATFORM_SITE_URL or"
        " GEOPLATFORM_ALLOWED_HOSTS.",
    ),
    ErrorPage(
        "part_down",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "502 504 =503",
        "Сторінка тимчасово недоступна",
        "Ця частина порталу зараз запускається або зупинилася. Спробуйте ще раз за хвилину: введене на цій сторінці могло не"
        " зберегтися. Стан порталу: /healthz.",
        "This page is not available at the moment",
        "This part of the portal is starting or has stopped. Try again in a minute; what you entered may not have been saved."
        " The portal's state: /healthz.",
        {"Retry-After": "10", "Cache-Control": "no-store"},
    ),
)


def write(folder: Path) -> None:
    """Write each page as `<name>.json` and `<name>.html` into `folder`, which exists."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    template = environment.from_string(_TEMPLATE.read_text())
    for page in ERROR_PAGES:
        problem = Problem(page.status, f"{page.en} {page.uk}")
        (folder / f"{page.name}.json").write_bytes(orjson.dumps(problem.document()))
        (folder / f"{page.name}.html").write_text(template.render(page=page, linked=_linked))


def _linked(words: str) -> Markup:
    """Return the words as HTML, the addresses of ours in them as links."""
    return Markup(re.sub(r"/(?:healthz|ogcapi/)", r'<a href="\g<0>">\g<0></a>', str(escape(words))))  # noqa: S704 - escaped
