"""Wishes among the words of a search: «найближча відкрита аптека», `open pharmacy near Sadova 5`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import urlencode

from geoplatform.access import ANONYMOUS
from geoplatform.layers.definition import Role, Text
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.vocabulary import Term
from geoplatform.search import language
from geoplatform.serving import publication

#: Longer texts are no wishes.
MAX_LENGTH = 200


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEAREST = _listed(
    "найближчий найближча найближче найближчі ближайший ближайшая ближайшее ближайшие поблизу поруч поряд неподалік недалеко "
    "рядом поблизости nearest closest nearby"
)
_OPEN = _listed(
    "відкритий відкрита відкрите відкриті відкрито відчинений відчинена відчинене відчинені відчинено працює працюють працюючий "
    "открытый открыта открыт открыто открытые работает работают работающий open"
)
#: Words of a question that tell nothing of what is looked for.
_FILLERS = _listed(
    "де яка який яке які мені потрібна потрібен потрібне потрібні знайти знайди покажи показати зараз тепер "
    "где какая какой какие мне нужна нужен нужны найти найди показать сейчас "
    "where what which is are there find show me now that i need right"
)
#: What stands between the kind and the place to measure from; the second only after a word like «найближча».
_AT = _listed("біля поруч поряд коло неподалік недалеко поблизу возле около рядом вблизи near nearby around by")
_TO = _listed("до від от к to from")
_BETWEEN = _listed("з із зі від с со от to of from до")
_HERE = _listed("мене мною мной меня нас тут me here us")

_OPEN_NOW = Text(uk="відчинено зараз", en="open now")
_NEAREST_FIRST = Text(uk="найближчі спершу", en="nearest first")
#: What a suggestion that answers a wish is called.
SUGGESTED = Text(uk="На карті й списком", en="On the map and as a list")


@dataclass(frozen=True)
class Kind:
    """What may be wished for: the places of a category, or of a layer when no category is called so.

    has_hours: some of its layers tell opening hours. forms: the ways in which people name it, each a tuple of words' keys.
    """

    title: Text
    category: str = ""
    layer: str = ""
    has_hours: bool = False
    forms: tuple[tuple[frozenset[str], ...], ...] = ()


@dataclass(frozen=True)
class Wish:
    """Places of `kind`; nearest: from here or from `place`, an address ("" when none is named); open: now. words: the kind's."""

    kind: Kind
    nearest: bool
    open: bool
    place: str = ""
    words: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the map's address that ask for the kind, without the place to measure from."""
        pairs = [("category", self.kind.category)] if self.kind.category else [("layer", self.kind.layer)]
        return [*pairs, ("open", "now")] if self.open else pairs

    def address(self) -> str:
        """Return the path on the map that answers the wish, in Ukrainian; without a place the map asks from where."""
        pairs = self.pairs()
        if self.place:
            pairs.append(("from", self.place))
        elif self.nearest:
            pairs.append(("sort", "distance"))
        return "/map/?" + urlencode(pairs)

    def title(self, language: str) -> str:
        """Return the wish in words: «Аптека: відчинено зараз, найближчі спершу»."""
        said = [part for part, wanted in ((_OPEN_NOW, self.open), (_NEAREST_FIRST, self.nearest)) if wanted]
        return f"{self.kind.title.in_language(language)}: {', '.join(part.in_language(language) for part in said)}"


@dataclass(frozen=True)
class _Parts:
    """A text taken apart: the words that name a kind, with their place in the text, and what is said besides."""

    named: tuple[language.Token, ...]
    nearest: bool
    open: bool
    place: str


def published() -> list[PublishedLayer]:
    """Return the layers that everybody may see: the map that a wish leads to shows no others."""
    return [served.layer for served in publication.current(ANONYMOUS.level).visible_to(ANONYMOUS).layers.values()]


def read(text: str, layers: Iterable[PublishedLayer]) -> Wish | None:
    """Return the wish that `text` is as a whole, None when it is none: only a kind, or more than a kind is named."""
    parts = _apart(text)
    if parts is None or not (parts.nearest or parts.open):
        return None
    return next(iter(_wishes(text, parts, layers)), None)


def begun(text: str, layers: Iterable[PublishedLayer], limit: int = 3) -> list[Wish]:
    """Return the wishes that `text` may become, its last word being typed; a kind alone may become the nearest open ones."""
    parts = _apart(text)
    if parts is None or not parts.named:
        return []
    if parts.nearest or parts.open:
        return _wishes(text, parts, layers, prefix=not text.endswith(" ") and not parts.place)[:limit]
    return [Wish(w.kind, True, w.kind.has_hours, w.place, w.words) for w in _wishes(text, parts, layers)][:limit]


def may_name_a_place(text: str) -> bool:
    """Return whether `text` may be a wish that names a place to measure from; cheap, knows no kinds."""
    parts = _apart(text)
    return parts is not None and bool(parts.place)


def _apart(text: str) -> _Parts | None:
    """Take a text apart; None when it is too long or names nothing."""
    if not text or len(text) > MAX_LENGTH:
        return None
    tokens = list(language.tokens(text))
    for number, token in enumerate(tokens):
        if not number or token.word not in _AT | _TO:
            continue
        before, after = tokens[:number], tokens[number + 1 :]
        while after and after[0].word in _BETWEEN:
            after = after[1:]
        parts = _said(before, near=True)
        if not after or not parts.named:
            continue
        rest = _said(after[1:])
        if after[0].word in _HERE and not rest.named:
            return _Parts(parts.named, True, parts.open or rest.open, "")
        nearest = _said(before).nearest
        if token.word in _AT or nearest:
            return _Parts(parts.named, True, parts.open, text[after[0].start :].strip(" \t,.?!"))
    parts = _said(tokens)
    return parts if parts.named else None


def _said(tokens: list[language.Token], near: bool = False) -> _Parts:
    nearest, opened, named = near, False, []
    for token in tokens:
        keys = language.keys(token.word)
        if keys & _markers(_NEAREST):
            nearest = True
        elif keys & _markers(_OPEN):
            opened = True
        elif token.word not in _FILLERS and token.word not in language.STOP_WORDS:
            named.append(token)
    return _Parts(tuple(named), nearest, opened, "")


def _wishes(text: str, parts: _Parts, layers: Iterable[PublishedLayer], prefix: bool = False) -> list[Wish]:
    words = [token.word for token in parts.named]
    if not words:
        return []
    said = text[parts.named[0].start : parts.named[-1].end]
    found = [kind for kind in kinds(layers) if any(_fits(words, form, prefix) for form in kind.forms)]
    # a category tells more than a layer that is called the same
    found.sort(key=lambda kind: (not kind.category, min(len(form) for form in kind.forms), kind.title.uk))
    if any(kind.category for kind in found):
        found = [kind for kind in found if kind.category]
    return [Wish(kind, parts.nearest, parts.open, parts.place, said) for kind in found]


def kinds(layers: Iterable[PublishedLayer]) -> list[Kind]:
    """Return what may be wished for in `layers`, each category once."""
    categories: dict[str, Kind] = {}
    own: list[Kind] = []
    for layer in layers:
        definition = layer.definition
        if not layer.feature_count or definition.geometry == "none" or definition.secondary:
            continue
        has_hours = definition.with_role(Role.opening_hours) is not None
        own.append(Kind(definition.title, "", layer.id, has_hours, _forms((definition.title.uk, definition.title.en))))
        attribute = definition.with_role(Role.category)
        vocabulary = layer.vocabularies.get(attribute.vocabulary or "") if attribute else None
        for term in vocabulary.terms if vocabulary else ():
            hours = has_hours or (term.code in categories and categories[term.code].has_hours)
            categories[term.code] = Kind(term.title, term.code, "", hours, _forms(_names(term)))
    return [*categories.values(), *own]


def _names(term: Term) -> tuple[str, ...]:
    counted = (*term.counted.uk, *term.counted.en) if term.counted else ()
    return (term.title.uk, term.title.en, *counted)


@lru_cache(maxsize=5_000)
def _forms(names: tuple[str, ...]) -> tuple[tuple[frozenset[str], ...], ...]:
    """Return the keys of the words of each name, and of what stands in brackets in it: «Центр … послуг (ЦНАП)»."""
    texts = [text for name in names for text in (re.sub(r"\(.*?\)", " ", name), *re.findall(r"\((.*?)\)", name))]
    forms = [tuple(language.keys(word) for word in language.words(text) if word not in language.STOP_WORDS) for text in texts]
    return tuple(dict.fromkeys(form for form in forms if form))


def _fits(words: list[str], form: tuple[frozenset[str], ...], prefix: bool) -> bool:
    """Return whether the words are those of the form, in any order; prefix: the last is only begun, and others may follow."""
    if len(words) > len(form) or (len(words) < len(form) and not prefix):
        return False
    left = list(form)
    for number, word in enumerate(words):
        last = prefix and number == len(words) - 1
        keys = language.keys(word)
        match = next((own for own in left if keys & own or (last and _begins(word, own))), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _begins(word: str, own: frozenset[str]) -> bool:
    return len(word) > 1 and any(key.startswith(language.folded(word)) for key in own)


@cache
def _markers(words: frozenset[str]) -> frozenset[str]:
    """Return the keys by which these words are known."""
    return frozenset(key for word in words for key in language.keys(word))
