"""What a layer's definition decides is refused in GeoNode's metadata editor and API, and whoever writes there is told so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from geonode.base.models import ResourceBase
from geonode.metadata.handlers.abstract import MetadataHandler

from geoplatform import database
from geoplatform.hub.permissions import is_layer, is_raster
from geoplatform.layers import uploaded
from geoplatform.publishing import catalogue_fields, catalogue_record

#: The handler's name among GeoNode's, and its place: after those of fields, before the one that copies a title's languages.
HANDLER, ORDER = "definition", 500


class DefinitionHandler(MetadataHandler):
    """Has no field of its own: it keeps those of the definition as they are, and says of each attempt where to change it."""

    def update_schema(self, jsonschema: dict, context: dict, lang: str | None = None) -> dict:
        """Tell in the editor's form which fields are a definition's."""
        with translation.override(lang):
            hint = _("For a layer of this portal its definition decides this.")
        for name in [*catalogue_fields.OWNED, "hkeywords"]:
            field = jsonschema["properties"].get(name)
            if field is not None:
                field["description"] = " ".join(filter(None, [field.get("description"), hint]))
        return jsonschema

    def get_jsonschema_instance(
        self, resource: ResourceBase, field_name: str, context: dict, errors: dict, lang: str | None = None
    ) -> None:
        """Nothing: no field is this handler's."""

    def update_resource(
        self, resource: ResourceBase, field_name: str, json_instance: dict, context: dict, errors: dict, **kwargs: Any
    ) -> None:
        """Nothing: no field is this handler's."""

    def pre_deserialization(
        self, resource: ResourceBase, jsonschema: dict, instance: dict, partial: set | None, context: dict
    ) -> None:
        """Put back what somebody would change of the definition's, and note it as an error of that field."""
        if context.get("user") is None or not (is_layer(resource) or is_raster(resource)):
            return  # the catalogue itself writes as nobody
        from geonode.metadata.manager import metadata_manager

        now = metadata_manager.build_schema_instance(resource, context.get("lang"))
        sent = set(partial) if partial else instance.keys()
        message = refusal(resource, context.get("lang"))
        for name in owned_fields(resource):
            # where the languages come too, GeoNode takes nothing from the field that stands above them
            decided_below = any(f"{name}_multilang_{language}" in sent for language in ("uk", "en"))
            if name in sent and not decided_below and not _same(instance.get(name), now.get(name)):
                self._set_error(context["errors"], [name], message)
            if name in now:
                instance[name] = now[name]
        missing = definition_words(resource) - set(instance.get("hkeywords") or [])
        if missing and "hkeywords" in sent:
            self._set_error(context["errors"], ["hkeywords"], message)
            instance["hkeywords"] = [*(instance["hkeywords"] or []), *sorted(missing)]


def refused(resource: ResourceBase, values: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> why it can't be so, of those `values` that differ from what the definition of `resource` says.

    A title in either language is no change: GeoNode's API shows it in the reader's, and its viewer sends back what it was shown.
    """
    if not (is_layer(resource) or is_raster(resource)):
        return {}
    known = {name: {getattr(resource, name, None)} for name in owned_fields(resource) if name in values}
    sparse = dict(resource.get_self_resource().sparsefield_set.values_list("name", "value")) if known else {}
    for name in known.keys() & {"title", "abstract"}:
        known[name] |= {sparse.get(f"{name}_multilang_{language}") for language in ("uk", "en")}
    message = refusal(resource, translation.get_language())
    return {name: message for name, now in known.items() if not any(_same(values[name], value) for value in now)}


def owned_fields(resource: ResourceBase) -> list[str]:
    """Return the names of the fields that the definition of `resource` decides."""
    return [*catalogue_fields.OWNED, *(catalogue_fields.OF_IMAGES if is_raster(resource) else ())]


def definition_words(resource: ResourceBase) -> set[str]:
    """Return those of the record's keywords that the definition gave it."""
    real = resource.get_real_instance()
    standing = catalogue_record.standing(real.name, real.store)
    words = standing.written_words if standing else frozenset()
    return {name for name in resource.keywords.names() if catalogue_fields.word_hash(name) in words}


def refusal(resource: ResourceBase, language: str | None) -> str:
    """Return the sentence that says where the definition of `resource` is changed."""
    name = resource.get_real_instance().name
    with database.pool("owner").connection() as conn, translation.override(language):
        if is_raster(resource):
            row = conn.execute("select uploaded_by from registry.raster where id = %s", [name]).fetchone()
            place = f"/hub/rasters/{name}/" if row and row[0] else f"layers/rasters/{name}.yaml"
            return _("The raster's description decides this (%(place)s); change it there.") % {"place": place}
        is_uploaded = uploaded.definition(conn, name) is not None
        place = f"geoplatform layers export {name}" if is_uploaded else f"layers/{name}.yaml"
        return _("The layer's definition decides this (%(place)s); change it there.") % {"place": place}


def _same(one: Any, other: Any) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: Any) -> Any:
    """Return the value in one form of those in which it is sent and shown."""
    if isinstance(value, dict):
        value = value.get("id")
    if hasattr(value, "pk"):
        value = getattr(value, "identifier", None) if hasattr(value, "gn_description") else value.pk
    if isinstance(value, str):
        value = _moment(value) or value.replace("\r\n", "\n").strip()
    if isinstance(value, datetime):
        return int(value.timestamp())  # browsers know no microseconds
    return None if value in (None, "", [], {}) else str(value)


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:  # it looks like one
        return None
