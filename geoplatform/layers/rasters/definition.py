"""What a raster is: the model that layers/rasters/*.yaml and uploaded GeoTIFFs share."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from pydantic import Field, ValidationError, model_validator

from geoplatform.layers.definition import LayerId, Level, Model, Text, Zoom


class Image(Model):
    """One date of a described raster. location: a GeoTIFF, absolute or below the folder of the description."""

    date: date
    location: str = Field(min_length=1)


class RasterDefinition(Model):
    """A raster as a municipality describes it.

    publication: the widest level that may see it; rasters have no permissions inside a level.
    images: empty for one that is uploaded.
    """

    id: LayerId
    title: Text
    description: Text
    theme: str
    publication: Level = Level.restricted
    owner: Text
    licence: str = Field(min_length=1)
    attribution: Text
    keywords: list[Text] = Field(default_factory=list)
    zoom: Zoom = Field(default_factory=Zoom)
    images: list[Image] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> RasterDefinition:
        days = [image.date for image in self.images]
        if len(set(days)) < len(days):
            raise ValueError("images: two have the same date")
        return self


def described(root: Path) -> tuple[list[tuple[Path, RasterDefinition]], list[str]]:
    """Return the rasters that `root`/rasters/*.yaml describe, each with its file, and the faults of the others."""
    found, faults = [], []
    for path in sorted((root / "rasters").glob("*.yaml")):
        try:
            found.append((path, read_file(path)))
        except RasterError as error:
            faults.append(str(error))
    return found, faults


class RasterError(Exception):
    """A raster can't be taken; the message is one line that names the file, the reason and what to do."""


def read_file(path: Path) -> RasterDefinition:
    """Return the definition in the YAML file `path`. Raises RasterError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        definition = RasterDefinition.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RasterError(f"{path}: can't be read as YAML: {' '.join(str(error).split())[:200]}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise RasterError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if definition.id != path.stem:
        raise RasterError(f"{path}: id: '{definition.id}' differs from the file's name")
    return definition
