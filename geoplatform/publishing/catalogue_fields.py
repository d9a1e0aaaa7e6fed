"""Which fields of a layer's record in GeoNode are the definition's and which are people's, and what we wrote there ourselves.

The record remembers, as hashes in sparse fields, what the catalogue wrote. So what people wrote since is known: in fields that
are theirs it stays and is told; in the definition's it is refused, and where it came by another door it is written over.
No Django: the projection of access reads the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

_SPARSE = "(select f.value from metadata_sparsefield f where f.resource_id = r.id and f.name = '{}')"
_LANGUAGE_FIELDS = [f"{name}_multilang_{language}" for name in ("title", "abstract") for language in ("uk", "en")]
_END = "extract(epoch from r.temporal_extent_end)::text"

#: Field that the definition decides -> SQL of its value as text; `r` is base_resourcebase.
OWNED = {
    "title": "r.title",
    "abstract": "r.abstract",
    **{name: _SPARSE.format(name) for name in _LANGUAGE_FIELDS},
    "attribution": "r.attribution",
    "license": "r.license_id::text",
    "language": "r.language",
    "date": "extract(epoch from r.date)::text",
    "date_type": "r.date_type",
    "edition": "r.edition",
    "spatial_representation_type": "r.spatial_representation_type_id::text",
}
#: Field that people may take over from what the catalogue writes by itself; emptied, it is ours again.
OPEN = {
    "purpose": "r.purpose",
    "supplemental_information": "r.supplemental_information",
    "data_quality_statement": "r.data_quality_statement",
    "maintenance_frequency": "r.maintenance_frequency",
    "category": "r.category_id::text",
    "temporal_extent_end": _END,
    "regions": "(select string_agg(g.region_id::text, ',' order by g.region_id) from base_resourcebase_regions g"
    " where g.resourcebase_id = r.id)",
}
#: What a raster's images decide besides.
OF_IMAGES = {"temporal_extent_start": "extract(epoch from r.temporal_extent_start)::text", "temporal_extent_end": _END}
#: Sparse field with the hashes of what was written, and the beginning of those with the keywords'.
WRITTEN = "geoplatform_written"
WRITTEN_WORDS = "geoplatform_words_"

_HASH = "coalesce(left(md5(nullif({}, '')), 8), '')"
_STATES = ", ".join(f"'{name}', {_HASH.format(value)}" for name, value in {**OWNED, **OPEN, **OF_IMAGES}.items())
#: Columns of a query in which `r` is base_resourcebase: hashes of what stands there now, of the keywords, and what was written.
COLUMNS = f"""
    json_build_object({_STATES}) as stands,
    coalesce((select json_agg(left(md5(k.name), 6)) from base_taggedcontentitem t
                join base_hierarchicalkeyword k on k.id = t.tag_id where t.content_object_id = r.id), '[]') as words,
    (select f.value from metadata_sparsefield f where f.resource_id = r.id and f.name = '{WRITTEN}') as written,
    (select string_agg(f.value, ' ') from metadata_sparsefield f
      where f.resource_id = r.id and starts_with(f.name, '{WRITTEN_WORDS}')) as written_words
"""  # noqa: S608 - constants
#: The same of one record.
QUERY = f"select {COLUMNS} from base_resourcebase r where r.id = %s"  # noqa: S608 - constants
#: Hashes of words in one sparse field, which holds 1024 characters.
_WORDS_IN_FIELD = 140


@dataclass(frozen=True)
class Standing:
    """How a record stands: field -> hash of its value now and as it was written, the same of keywords.

    written is None for a record that nobody remembers having written. is_raster: its images decide more (OF_IMAGES).
    """

    stands: dict[str, str]
    words: frozenset[str]
    written: dict[str, str] | None
    written_words: frozenset[str]
    is_raster: bool

    @property
    def owned(self) -> list[str]:
        """The fields that are the definition's."""
        return [*OWNED, *(OF_IMAGES if self.is_raster else ())]

    @property
    def taken(self) -> frozenset[str]:
        """The open fields that people have filled in since."""
        if self.written is None:
            return frozenset()
        open_to_people = OPEN.keys() - set(self.owned)
        return frozenset(name for name in open_to_people if self.stands[name] and self.stands[name] != self.written.get(name))

    @property
    def own_words(self) -> frozenset[str]:
        """The hashes of the keywords that people added; what a forgotten record holds is taken for ours."""
        return self.words - self.written_words if self.written is not None else frozenset()

    @property
    def departed(self) -> list[str]:
        """The definition's fields that don't stand as they were written."""
        if self.written is None:
            return []
        found = [name for name in self.owned if self.stands[name] != self.written.get(name)]
        return [*found, *(["keywords"] if self.written_words - self.words else [])]


def standing(
    stands: dict[str, str], words: list[str], written: str | None, written_words: str | None, *, is_raster: bool
) -> Standing:
    """Return what a row of COLUMNS says."""
    remembered = frozenset((written_words or "").split())
    return Standing(stands, frozenset(words), json.loads(written) if written else None, remembered, is_raster)


def word_hash(word: str) -> str:
    """Return the hash by which a keyword is remembered."""
    return hashlib.md5(word.encode(), usedforsecurity=False).hexdigest()[:6]


def memory(before: Standing | None, after: Standing, words: Iterable[str]) -> dict[str, str]:
    """Return the sparse fields in which to remember what was written between `before` (None: there was nothing) and `after`.

    words: hashes of the keywords that were written. What people have taken keeps its old hash, so that it stays theirs.
    """
    kept = {name: (before.written or {}).get(name, "") for name in before.taken} if before else {}
    hashes = sorted(words)
    chunks = [hashes[start : start + _WORDS_IN_FIELD] for start in range(0, len(hashes), _WORDS_IN_FIELD)]
    fields = {f"{WRITTEN_WORDS}{number}": " ".join(chunk) for number, chunk in enumerate(chunks)}
    return {WRITTEN: json.dumps({**after.stands, **kept}, separators=(",", ":")), **fields}
