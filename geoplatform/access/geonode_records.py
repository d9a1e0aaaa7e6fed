"""Carries what GeoNode's catalogue says to where the serving plane reads it: notes on layers, and every other resource.

A part of the projection of `geoplatform.access.geonode`, which calls it; it too imports no Django. Who may see a resource is
worked out here, once, for records and search: by its permissions, and by whether it is approved, published and listed.
"""

from __future__ import annotations

import html
import logging
import mimetypes
import re
from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import ValidationError

from geoplatform.access import granted
from geoplatform.access.granted import EVERYBODY, Account
from geoplatform.access.names import RASTER_STORE, STORES, WORKSPACE
from geoplatform.layers.catalogued import Contact, Licence, Named, Note, Resource
from geoplatform.layers.definition import Level, Text
from geoplatform.publishing import catalogue_fields
from geoplatform.publishing import publish as publishing

logger = logging.getLogger(__name__)

_OPERATIONS = {"view_resourcebase": "view", "change_resourcebase": "view", "download_resourcebase": "download"}
#: Records that stand for layers and rasters of ours.
_OURS = "d.workspace = %(workspace)s and d.store = any (%(stores)s)"
_OTHERS = f"""
select r.id, r.uuid as name, r.owner_id
  from base_resourcebase r left join layers_dataset d on d.resourcebase_ptr_id = r.id
 where not r.metadata_only and ({_OURS}) is not true
"""  # noqa: S608 - constants

#: Changes with what is read here, but for the names in GeoNode's lists, and costs some milliseconds: a row's `xmin` grows with
#: each change, and popular_count, which grows with each look at a page, is left out.
FINGERPRINT = """
select concat_ws(' ',
    (select concat_ws(',', count(*), sum(hashtext(concat_ws('|', r.id, r.last_updated, r.owner_id, r.group_id, r.is_approved,
            r.is_published, r.advertised, r.metadata_only, r.title, r.abstract, r.purpose, r.supplemental_information,
            r.data_quality_statement, r.maintenance_frequency, r.category_id, r.license_id, r.attribution, r.doi, r.language,
            r.date, r.date_type, r.edition, r.temporal_extent_start, r.temporal_extent_end, r.restriction_code_type_id,
            r.constraints_other, r.resource_type, r.subtype, r.ll_bbox_polygon))::bigint)) from base_resourcebase r),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from metadata_sparsefield),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from base_contactrole),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from base_taggedcontentitem),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from base_resourcebase_regions),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from base_resourcebase_tkeywords),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from documents_document),
    (select sum(hashtext(concat_ws('|', id, organization, position, email))::bigint) from people_profile),
    (select concat_ws(',', count(*), sum(xmin::text::bigint)) from groups_groupprofile))
"""
#: PostgreSQL knows moments that Python does not.
_MOMENT = "case when r.{0} between '0002-01-01' and '9998-12-31' then r.{0} end as {0}"
_RECORDS = f"""
select r.id, r.uuid, r.resource_type, r.subtype, r.title, r.abstract, r.purpose, r.supplemental_information,
       r.data_quality_statement, r.maintenance_frequency, r.doi, r.attribution, r.language, r.constraints_other,
       {_MOMENT.format("temporal_extent_start")}, {_MOMENT.format("temporal_extent_end")},
       r.created, r.last_updated, r.owner_id, r.group_id,
       r.is_approved and r.is_published as is_out, r.advertised,
       case when ({_OURS}) then d.name end as layer, d.store,
       o.doc_url, o.extension,
       c.identifier as category, c.gn_description as category_name,
       l.identifier as licence, l.name as licence_name, l.url as licence_url, x.identifier as restriction,
       case when r.ll_bbox_polygon is not null then
            array[ST_XMin(r.ll_bbox_polygon), ST_YMin(r.ll_bbox_polygon), ST_XMax(r.ll_bbox_polygon), ST_YMax(r.ll_bbox_polygon)]
       end as bbox,
       (select g.access = 'private' from groups_groupprofile g where g.group_id = r.group_id) as is_private,
       (select json_object_agg(f.name, f.value) from metadata_sparsefield f
         where f.resource_id = r.id and f.name ~ '^(title|abstract)_multilang_') as languages,
       (select json_agg(k.name order by k.name) from base_taggedcontentitem t
          join base_hierarchicalkeyword k on k.id = t.tag_id where t.content_object_id = r.id) as keywords,
       (select json_agg(k.alt_label order by k.alt_label) from base_resourcebase_tkeywords t
          join base_thesauruskeyword k on k.id = t.thesauruskeyword_id where t.resourcebase_id = r.id) as thesaurus_words,
       (select json_agg(json_build_object('code', g.code, 'name', g.name) order by g.code) from base_resourcebase_regions t
          join base_region g on g.id = t.region_id where t.resourcebase_id = r.id) as regions,
       (select json_agg(json_build_object('account', p.id, 'organisation', p.organization, 'position', p.position,
                                          'email', p.email) order by p.id)
          from base_contactrole t join people_profile p on p.id = t.contact_id
         where t.resource_id = r.id and t.role = 'pointOfContact') as contacts,
       {catalogue_fields.COLUMNS}
  from base_resourcebase r
  left join layers_dataset d on d.resourcebase_ptr_id = r.id
  left join documents_document o on o.resourcebase_ptr_id = r.id
  left join base_topiccategory c on c.id = r.category_id
  left join base_license l on l.id = r.license_id
  left join base_restrictioncodetype x on x.id = r.restriction_code_type_id
 where not r.metadata_only
"""  # noqa: S608 - constants
#: What GeoNode writes where nobody wrote anything.
_UNSAID = ("no information provided", "not_specified", "інформація не надана")
_TAG = re.compile(r"<[^>]*>")
_UUID = re.compile(r"[0-9a-f-]{36}")
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_VIEWERS = {"mapviewer": "viewer"}


def project(conn: Connection, control: Connection, accounts: Mapping[int, Account]) -> int:
    """Bring registry.catalogue_note and registry.catalogue_resource to GeoNode's catalogue; return how many rows changed.

    A layer's record whose fields of the definition somebody has written over is marked to be written again.
    conn: of the owner role; accounts: the active ones.
    """
    values = {"workspace": WORKSPACE, "stores": list(STORES)}
    may = granted.operations(control, _OTHERS, values, _OPERATIONS, accounts)
    staff = granted.staff_group(control)
    notes: dict[str, dict[str, Any]] = {}
    resources: dict[str, tuple] = {}
    departed: dict[str, list[str]] = {}
    with control.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_RECORDS, values).fetchall()
    for row in rows:
        try:
            if row["layer"] is not None:
                standing = catalogue_fields.standing(
                    *(row[name] for name in ("stands", "words", "written", "written_words")),
                    is_raster=row["store"] == RASTER_STORE,
                )
                if standing.departed:
                    departed[row["layer"]] = standing.departed
                notes[row["layer"]] = _document(_note_of_layer(row, standing, accounts))
            elif _UUID.fullmatch(row["uuid"]):
                operations = may[row["uuid"]]
                view = _viewers(row, operations["view"], accounts)
                level = granted.widest(view, accounts, staff)
                who = [sorted(granted.shortest(names)) for names in (view, operations["download"])]
                resources[row["uuid"]] = (str(level), *who, _document(_resource(row, level, accounts)))
        except ValidationError:
            # one record that can't be told of must not keep the others; what is not carried over nobody sees
            logger.exception("GeoNode's record %s is left out", row["id"])
    _mark(conn, departed)
    return _write(conn, notes, resources)


def _document(told: Note | Resource) -> dict[str, Any]:
    return told.model_dump(mode="json", exclude_defaults=True)


def _viewers(row: Mapping[str, Any], viewers: set[str], accounts: Mapping[int, Account]) -> set[str]:
    """Return who may know of a resource.

    What GeoNode does not list is there for its owner; what is not approved or not published, for those whom a permission names;
    what belongs to a private group, for those of its members who may view it. Administrators always may (`granted.shortest`).
    """
    owner = {f"account:{row['owner_id']}"} & {f"account:{number}" for number in accounts}
    if not row["advertised"]:
        return owner
    if not row["is_out"]:
        viewers = viewers - set(EVERYBODY)
    if row["is_private"]:
        group = f"group:{row['group_id']}"
        if viewers & {*EVERYBODY, group}:
            return owner | {group}
        members = {number: account for number, account in accounts.items() if row["group_id"] in account.groups}
        viewers = {
            f"account:{number}"
            for number, account in members.items()
            if f"account:{number}" in viewers or any(f"group:{one}" in viewers for one in account.groups)
        }
    return viewers | owner


def _note_of_layer(row: Mapping[str, Any], standing: catalogue_fields.Standing, accounts: Mapping[int, Account]) -> Note:
    """Return what people wrote about a layer or raster; what we wrote in its record ourselves stands in its definition."""
    told = {**row}
    for field in ("purpose", "supplemental_information", "data_quality_statement", "maintenance_frequency"):
        if field not in standing.taken:
            told[field] = None
    if standing.is_raster:
        told["temporal_extent_start"] = None
    if "temporal_extent_end" not in standing.taken:
        told["temporal_extent_end"] = None
    told["keywords"] = [word for word in row["keywords"] or [] if catalogue_fields.word_hash(word) in standing.own_words]
    return _note(told, accounts).model_copy(update={"taken": sorted(standing.taken)})


def _note(row: Mapping[str, Any], accounts: Mapping[int, Account]) -> Note:
    words = [word for name in ("keywords", "thesaurus_words") for word in row[name] or [] if word]
    return Note(
        purpose=_plain(row["purpose"]),
        supplement=_plain(row["supplemental_information"]),
        quality=_plain(row["data_quality_statement"]),
        frequency=row["maintenance_frequency"] or None,
        category=Named(code=row["category"], name=row["category_name"] or row["category"]) if row["category"] else None,
        regions=[Named(**region) for region in row["regions"] or []],
        doi=_doi(row["doi"]),
        contacts=_contacts(row, accounts),
        since=row["temporal_extent_start"],
        until=row["temporal_extent_end"],
        keywords=list(dict.fromkeys(words)),
        restriction=row["restriction"],
        constraints=_plain(row["constraints_other"]),
    )


def _contacts(row: Mapping[str, Any], accounts: Mapping[int, Account]) -> list[Contact]:
    """Return the offices among the points of contact: active accounts whose profile names an organisation.

    GeoNode enters the owner by itself; one who is no staff has not asked to be told of.
    """
    return [
        Contact(organisation=one["organisation"].strip(), position=one["position"] or None, email=one["email"] or None)
        for one in row["contacts"] or []
        if (account := accounts.get(one["account"])) is not None
        and (one["organisation"] or "").strip()
        and (one["account"] != row["owner_id"] or account.level is Level.staff)
    ]


def _resource(row: Mapping[str, Any], level: Level, accounts: Mapping[int, Account]) -> Resource:
    kind = row["resource_type"] if _KIND.fullmatch(row["resource_type"] or "") else "resource"
    named = row["licence"] and row["licence"].casefold() not in _UNSAID
    return Resource(
        id=row["uuid"],
        number=row["id"],
        kind=kind,
        title=_text(row, "title") or Text(uk=f"№ {row['id']}", en=f"No. {row['id']}"),
        description=_text(row, "abstract"),
        page=f"/catalogue/#/{_VIEWERS.get(kind, kind)}/{row['id']}",
        file=_file(row),
        media_type=mimetypes.guess_type(f"file.{row['extension']}")[0] if row["extension"] else None,
        attribution=_plain(row["attribution"]),
        licence=Licence(name=row["licence_name"], url=row["licence_url"] or None) if named else None,
        language=row["language"] or None,
        bbox=_box(row["bbox"]),
        created_at=row["created"],
        changed_at=row["last_updated"],
        public=level is Level.public,
        note=_note(row, accounts),
    )


def _text(row: Mapping[str, Any], name: str) -> Text | None:
    """Return the text in both languages; where there is one only, it stands for the other too."""
    given = row["languages"] or {}
    found = [_plain(given.get(f"{name}_multilang_{language}")) for language in ("uk", "en")]
    whole = found[0] or _plain(row[name]) or found[1]
    return Text(uk=whole, en=found[1] or whole) if whole else None


def _file(row: Mapping[str, Any]) -> str | None:
    """Return where what a document holds is taken from: GeoNode's download, or the other site that it names."""
    if row["resource_type"] != "document":
        return None
    if row["doc_url"]:
        return row["doc_url"] if re.match("https?://", row["doc_url"]) else None
    return f"/documents/{row['id']}/download"


def _box(box: list[float] | None) -> tuple[float, float, float, float] | None:
    """Return the box in degrees; GeoNode writes the whole world where nobody said anything."""
    if box is None or not (-180 <= box[0] <= box[2] <= 180 and -90 <= box[1] <= box[3] <= 90) or box == [-180, -90, 180, 90]:
        return None
    return tuple(box)


def _doi(doi: str | None) -> str | None:
    found = re.search(r"10\.\d{4,9}/\S+", doi or "")
    return found[0] if found else None


def _plain(text: str | None) -> str | None:
    """Return the text without HTML's tags, None where it says nothing."""
    plain = html.unescape(_TAG.sub(" ", text or "")).strip()
    return None if not plain or plain.casefold() in _UNSAID else plain


def _mark(conn: Connection, departed: Mapping[str, list[str]]) -> None:
    """Have the records of these written again; a layer that is being changed will be written again anyway."""
    for table in ("registry.layer", "registry.raster"):
        rows = conn.execute(
            f"update {table} set catalogued = null where id in (select id from {table}"  # noqa: S608 - two constants
            " where id = any (%s) and catalogued is not null for update skip locked) returning id",
            [list(departed)],
        ).fetchall()
        for (layer,) in rows:
            logger.warning("%s: somebody has changed what its definition decides: %s", layer, ", ".join(departed[layer]))


def _write(conn: Connection, notes: Mapping[str, dict[str, Any]], resources: Mapping[str, tuple]) -> int:
    known_notes = dict(conn.execute("select layer, document from registry.catalogue_note").fetchall())
    rows = conn.execute("select id, level, view_by, download_by, document from registry.catalogue_resource").fetchall()
    known = {row[0]: row[1:] for row in rows}
    new_notes = [(layer, Jsonb(note)) for layer, note in notes.items() if known_notes.get(layer) != note]
    new = [(key, *row[:3], Jsonb(row[3])) for key, row in resources.items() if known.get(key) != row]
    # the note of a layer that is taken out waits for its next record
    registered = {row[0] for row in conn.execute("select id from registry.layer union all select id from registry.raster")}
    gone_notes, gone = list(known_notes.keys() - notes.keys() - registered), list(known.keys() - resources.keys())
    changed = len(new_notes) + len(new) + len(gone_notes) + len(gone)
    if changed == 0:
        return 0
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute("delete from registry.catalogue_note where layer = any (%s)", [gone_notes])
        cursor.execute("delete from registry.catalogue_resource where id = any (%s)", [gone])
        cursor.executemany(
            "insert into registry.catalogue_note (layer, document) values (%s, %s)"
            " on conflict (layer) do update set document = excluded.document",
            new_notes,
        )
        cursor.executemany(
            "insert into registry.catalogue_resource (id, level, view_by, download_by, document) values (%s, %s, %s, %s, %s)"
            " on conflict (id) do update set level = excluded.level, view_by = excluded.view_by,"
            " download_by = excluded.download_by, document = excluded.document",
            new,
        )
        publishing.announce(conn)
    return changed
