"""The one query of the public map: read from an address, written back to one. Map, list and summary all follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import QueryDict

from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current, ordering, parameters, wishing
from geoplatform.publicmap.asof import AsOf, read_asof
from geoplatform.publicmap.parameters import APOSTROPHE, APOSTROPHES, Bounds, Moment, Notice, Origin, normalise

__all__ = ["APOSTROPHE", "APOSTROPHES", "PAGE_SIZE", "Moment", "Notice", "Origin", "Query", "address", "normalise", "parse"]

PAGE_SIZE = 25


@dataclass(frozen=True)
class Query:
    """What the reader asked for.

    layers: ids of the layers to show; chosen: the reader chose them (else they are the sensible default).
    words: each of them must occur in a feature's name, address or category.
    categories: codes of categories; a feature needs one of them or of the terms below them.
    open: when a feature must be open. accessible: codes of accessibility features, all of which it must have.
    area: layer and id of the published feature that it must lie in; bbox: west, south, east, north in degrees.
    near: from where distances are measured; within: metres around it, None for any distance. walk: on foot along the streets,
    where a network of them is loaded; then `within` is given.
    sort: an order of `ordering.ORDERS`, "" for the one that suits: by distance where there is an origin, else by name.
    profile: id of the profile whose needs places are compared with, "" for none.
    asof: the moment of the past that everything is told as of, None for the present.
    page: which page of the list, from 1. place: layer and id of the feature whose card is open.
    """

    layers: tuple[str, ...] = ()
    chosen: bool = False
    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    open: Moment | None = None
    accessible: tuple[str, ...] = ()
    area: tuple[str, str] | None = None
    bbox: Bounds | None = None
    near: Origin | None = None
    within: int | None = None
    walk: bool = False
    sort: str = ""
    profile: str = ""
    asof: AsOf | None = None
    page: int = 1
    place: tuple[str, str] | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything but the choice of layers narrows the result."""
        return bool(self.words or self.categories or self.open or self.accessible or self.area or self.bbox or self.within)

    @property
    def order(self) -> str:
        """The order that the list has."""
        return self.sort or ("distance" if self.near else "name")

    def address(self, **changes: object) -> str:
        """Return the query string of this query with `changes`, starting with "?" unless it is empty."""
        return address(replace(self, **changes))  # type: ignore[arg-type]


def address(query: Query) -> str:
    """Return the query string that `parse` reads back as `query`; parameters in a fixed order, defaults left out.

    A position that came from the reader's device is left out, and what means nothing without it.
    """
    pairs: list[tuple[str, str]] = []
    if query.chosen:
        pairs += [("layer", layer) for layer in query.layers] or [("chosen", "1")]
    if query.words:
        pairs.append(("q", " ".join(query.words)))
    pairs += [("category", code) for code in query.categories]
    if query.open:
        pairs.append(("open", "now" if query.open.now else f"{query.open.at:%Y-%m-%dT%H:%M}"))
    pairs += [("accessible", code) for code in query.accessible]
    if query.area:
        pairs.append(("area", ":".join(query.area)))
    if query.bbox:
        pairs.append(("bbox", parameters.degrees(*query.bbox)))
    near = query.near if query.near and not query.near.private else None
    if near:
        pairs.append(("from", near.text) if near.text else ("near", parameters.degrees(near.lon, near.lat)))
        if query.within:
            pairs.append(("within", str(query.within)))
        if query.walk:
            pairs.append(("walk", "1"))
    if query.sort and (near or query.sort != "distance"):
        pairs.append(("sort", query.sort))
    if query.profile:
        pairs.append(("profile", query.profile))
    if query.asof:
        pairs.append(("asof", query.asof.text))
    if query.page > 1:
        pairs.append(("page", str(query.page)))
    if query.place:
        pairs.append(("place", ":".join(query.place)))
    return "?" + urlencode(pairs) if pairs else ""


def parse(
    given: QueryDict | Mapping[str, Sequence[str]],
    available: list[PublishedLayer],
    *,
    now: datetime | None = None,
    origin: Origin | None = None,
) -> tuple[Query, list[Notice]]:
    """Read the state of the map from the parameters of an address.

    available: the layers as they were at the moment that the address may name (`past.layers_at`).
    now: the present (aware), for what is open now. origin: where the reader is or what the typed address (`from`) was found
    to be (`origins.find`); without it the parameter `near` tells.
    What can't be followed is left out and told in a notice: damaged values as errors, values that are merely unknown
    (a layer that is no longer published) as warnings. Parameters that mean nothing to the map are ignored.
    """
    notices: list[Notice] = []
    values = (lambda name: given.getlist(name)) if isinstance(given, QueryDict) else (lambda name: given.get(name, ()))
    now = now or datetime.now(UTC)
    then = read_asof(values("asof"), now, notices)
    words = parameters.words(values("q"), notices)
    asked = parameters.layers(values("layer"), available, notices)
    chosen = bool(values("layer") or values("chosen"))
    categories = parameters.categories(values("category"), available, notices)
    opened, order = values("open"), values("sort")
    wish = wishing.read(values("q"), available)
    if wish is not None:
        notices.append(wishing.told(wish))
        asked = (wish.kind.layer,) if wish.kind.layer else ()
        words, chosen, categories = (), bool(asked), (wish.kind.category,) if wish.kind.category else ()
        opened = opened or (["now"] if wish.open else [])
        order = order or (["distance"] if wish.nearest else [])
    near = origin or parameters.near(values("near"), notices)
    walk, within = parameters.on_foot(values("walk"), parameters.within(values("within"), near, notices), near, notices)
    profile = parameters.profile(values("profile"), notices)
    query = Query(
        layers=asked if chosen else default_layers(available, searching=bool(words), categories=categories),
        chosen=chosen,
        words=words,
        categories=categories,
        open=parameters.moment(opened, then.clock(now) if then else now, notices),
        accessible=parameters.accessible(values("accessible"), available, notices),
        area=parameters.area(values("area"), available, notices),
        bbox=parameters.bbox(values("bbox"), notices),
        near=near,
        within=within,
        walk=walk,
        sort=parameters.sort(order, tuple(ordering.ORDERS), near, notices, profile=profile),
        profile=profile,
        asof=then,
        page=parameters.page(values("page"), notices),
        place=parameters.place(values("place"), available, notices),
    )
    return query, notices


def default_layers(
    available: list[PublishedLayer], *, searching: bool = False, categories: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Return the layers that are shown when the reader has chosen none.

    A search looks everywhere, a choice of categories wherever there may be such places. Otherwise the facilities that serve
    vulnerable people come first, for they are what the map is for; where there are none, every layer of places.
    """
    with_data = [layer for layer in available if layer.feature_count and not layer.definition.secondary]
    if categories:
        with_data = [layer for layer in with_data if current.with_narrower(categories, current.categories(layer))]
    if searching or categories:
        return tuple(layer.id for layer in with_data)
    places = [layer for layer in with_data if layer.definition.geometry in ("point", "multipoint")]
    critical = [layer for layer in places if layer.definition.critical]
    return tuple(layer.id for layer in critical or places)
