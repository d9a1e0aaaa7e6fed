"""Loads the municipality's description from a directory of YAML files and checks that its parts fit together."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from geoplatform.config import PROJECT
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.profiles import Profiles
from geoplatform.layers.vocabulary import Municipality, Theme, Vocabulary
from geoplatform.layers.walking import Walking

#: Where the description lies; `GEOPLATFORM_LAYERS` names a directory of the municipality's own.
DEFAULT_ROOT = PROJECT / "layers"

#: What people with different needs need of a place; a municipality may have none.
PROFILES = "profiles.yaml"
#: Where and how fast people walk; without it distances are straight.
WALKING = "walking.yaml"

#: A description is written by hand; a longer file is a mistake or an attack.
MAX_FILE_BYTES = 1024 * 1024


def default_root() -> Path:
    """Return the directory of the description: `GEOPLATFORM_LAYERS` if set, else the one that comes with the project."""
    own = os.environ.get("GEOPLATFORM_LAYERS")
    return Path(own).resolve() if own else DEFAULT_ROOT


@dataclass(frozen=True)
class Problem:
    """One fault: the file, the place in its document ("" for the whole), and what is wrong."""

    file: str
    path: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.path, self.reason) if part)


class LibraryError(Exception):
    """Some files can't be used; `problems` holds every fault, the message has one a line."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass
class Library:
    """All that the YAML files say. `files` tells from which file each layer came."""

    root: Path
    layers: dict[str, LayerDefinition] = field(default_factory=dict)
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    themes: list[Theme] = field(default_factory=list)
    municipality: Municipality | None = None
    files: dict[str, Path] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=Profiles)
    walking: Walking = field(default_factory=Walking)

    @property
    def sample_root(self) -> Path:
        """Root of `sample://` locations."""
        return self.root / "sample"

    def vocabularies_of(self, definition: LayerDefinition) -> dict[str, Vocabulary]:
        """Return the vocabularies that the attributes of `definition` use, by id."""
        used = sorted({a.vocabulary for a in definition.attributes if a.vocabulary})
        return {name: self.vocabularies[name] for name in used if name in self.vocabularies}

    def theme(self, theme_id: str) -> Theme | None:
        """Return the theme called `theme_id`, or None."""
        return next((theme for theme in self.themes if theme.id == theme_id), None)

    def bounds_of(self, definition: LayerDefinition) -> tuple[float, float, float, float] | None:
        """Return west, south, east, north (degrees, WGS 84) that the features must lie in, or None for anywhere."""
        if definition.bounds == "none" or self.municipality is None:
            return None
        return self.municipality.bounds[definition.bounds]


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases (they can unfold to gigabytes) and without keys given twice (the first would be lost).

    The loader in C is faster, but it crashes the process on deep nesting.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not allowed here; write the value out", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is not None and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_library(root: Path | None = None, drivers: Collection[str] | None = None) -> tuple[Library, list[Problem]]:
    """Read the description below `root` (`default_root()` if None); return what is sound and every fault found.

    A layer with a fault is left out, so that the others can go on.

    drivers: names of the source drivers there are; None leaves that unchecked.
    """
    root = root or default_root()
    library = Library(root=root)
    problems: list[Problem] = []
    if not root.is_dir():
        return library, [Problem(str(root), "", "there is no such directory; it should hold the layer definitions")]
    library.municipality = _read(root / "municipality.yaml", TypeAdapter(Municipality), root, problems)
    library.themes = _read(root / "themes.yaml", TypeAdapter(list[Theme]), root, problems) or []
    for path in sorted((root / "vocabularies").glob("*.yaml")):
        vocabulary = _read(path, TypeAdapter(Vocabulary), root, problems)
        if vocabulary is not None and _named_as_its_file(vocabulary.id, path, root, problems):
            library.vocabularies[vocabulary.id] = vocabulary
    for path in sorted(root.glob("*.yaml")):
        if path.name in ("municipality.yaml", "themes.yaml", PROFILES, WALKING):
            continue
        definition = _read(path, TypeAdapter(LayerDefinition), root, problems)
        if definition is None or not _named_as_its_file(definition.id, path, root, problems):
            continue
        faults = [Problem(_shown(path, root), *fault) for fault in _misfits(definition, library, drivers)]
        problems += faults
        if not faults:
            library.layers[definition.id] = definition
            library.files[definition.id] = path
    library.profiles = _read_profiles(library, problems)
    library.walking = _read_walking(library, problems)
    return library, problems


def load_library(root: Path | None = None, drivers: Collection[str] | None = None) -> Library:
    """Return the whole description below `root` (`default_root()` if None).

    drivers: names of the source drivers there are; None leaves that unchecked.
    Raises LibraryError with every fault, when there is any.
    """
    library, problems = read_library(root, drivers)
    if problems:
        raise LibraryError(problems)
    return library


def read_layer_file(
    path: Path, library: Library, drivers: Collection[str] | None = None
) -> tuple[LayerDefinition | None, list[Problem]]:
    """Read one layer file, wherever it lies, against the vocabularies and themes of `library`.

    Returns the definition (None when it can't be used) and the faults.
    """
    problems: list[Problem] = []
    definition = _read(path, TypeAdapter(LayerDefinition), path.parent, problems, shown=str(path))
    if definition is None:
        return None, problems
    problems += [Problem(str(path), *fault) for fault in _misfits(definition, library, drivers)]
    return (None if problems else definition), problems


@lru_cache(maxsize=512)
def _document(text: str) -> Any:
    """Return the parsed text, kept because pages and tasks read the same files again and again; nobody changes the result."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, made stricter


def _read(path: Path, adapter: TypeAdapter, root: Path, problems: list[Problem], shown: str = "") -> Any:
    """Return the file's content as the adapter's type, or None after noting why not."""
    shown = shown or _shown(path, root)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            problems.append(Problem(shown, "", f"is larger than {MAX_FILE_BYTES // 1024} kB; this is no description"))
            return None
        return adapter.validate_python(_document(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problems.append(Problem(shown, "", "there is no such file"))
    except UnicodeDecodeError as error:
        problems.append(Problem(shown, "", f"is not UTF-8 (byte {error.start}); save it as UTF-8"))
    except OSError as error:
        problems.append(Problem(shown, "", f"can't be read: {error.strerror}"))
    except yaml.YAMLError as error:
        problems.append(Problem(shown, "", _yaml_reason(error)))
    except RecursionError:
        problems.append(Problem(shown, "", "is nested too deeply"))
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in item["loc"])
            reason = item["msg"].removeprefix("Value error, ")
            if item["type"] == "extra_forbidden":
                reason = "is no known field; a typing mistake?"
            problems.append(Problem(shown, place, " ".join(reason.split())))
    return None


def _read_profiles(library: Library, problems: list[Problem]) -> Profiles:
    """Return the profiles of visitors; none where there is no such file or it can't be used. Faults are noted."""
    path = library.root / PROFILES
    found = _read(path, TypeAdapter(Profiles), library.root, problems) if path.exists() else None
    if found is None:
        return Profiles()
    faults = []
    features = library.vocabularies.get("accessibility_features")
    known = {term.code for term in features.terms} | set(found.signs) if features else set(found.signs)
    faults += [(place, f"no feature and no sign '{code}'") for code, place in found.codes().items() if code not in known]
    for name, texts in found.plain.items():
        vocabulary = library.vocabularies.get(name)
        codes = {term.code for term in vocabulary.terms} if vocabulary else set()
        faults += [(f"plain.{name}.{code}", f"vocabulary '{name}' has no such term") for code in texts if code not in codes]
    problems += [Problem(_shown(path, library.root), *fault) for fault in faults]
    return Profiles() if faults else found


def _read_walking(library: Library, problems: list[Problem]) -> Walking:
    """Return how people walk; without a network where there is no such file or it can't be used. Faults are noted."""
    path = library.root / WALKING
    found = _read(path, TypeAdapter(Walking), library.root, problems) if path.exists() else None
    if found is None:
        return Walking()
    unknown = [name for name in found.gaits if library.profiles.profile(name) is None]
    faults = [(f"gaits.{name}", f"profiles.yaml has no profile '{name}'") for name in unknown]
    network = found.network
    layer = library.layers.get(network.layer) if network else None
    if network and layer is None:
        faults.append(("network.layer", f"there is no layer '{network.layer}' that can be used"))
    elif network and layer.geometry != "line":
        faults.append(("network.layer", f"layer '{network.layer}' has no lines"))
    elif network:
        names = {attribute.name for attribute in layer.attributes}
        used = network.model_dump(exclude={"layer"}, exclude_none=True)
        lost = {tag: name for tag, name in used.items() if name not in names}
        faults += [(f"network.{tag}", f"layer '{layer.id}' has no attribute '{name}'") for tag, name in lost.items()]
    problems += [Problem(_shown(path, library.root), *fault) for fault in faults]
    return Walking() if faults else found


def _yaml_reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return f"{where}is not YAML that can be used: {reason}"


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root.parent).as_posix() if path.is_relative_to(root.parent) else str(path)


def _named_as_its_file(identifier: str, path: Path, root: Path, problems: list[Problem]) -> bool:
    if identifier == path.stem:
        return True
    problems.append(Problem(_shown(path, root), "id", f"is '{identifier}', so the file must be called {identifier}.yaml"))
    return False


def _misfits(definition: LayerDefinition, library: Library, drivers: Collection[str] | None) -> Iterator[tuple[str, str]]:
    """Yield (place, reason) for everything in `definition` that points to nothing."""
    if library.theme(definition.theme) is None:
        yield "theme", f"no theme '{definition.theme}' in themes.yaml"
    for name, source in (("source", definition.source), ("sample", definition.sample)):
        if source is not None and drivers is not None and source.driver not in drivers:
            yield f"{name}.driver", f"unknown driver '{source.driver}'; there are {', '.join(sorted(drivers))}"
    if definition.bounds != "none" and library.municipality and definition.bounds not in library.municipality.bounds:
        yield "bounds", f"municipality.yaml has no bounds '{definition.bounds}'"
    for index, attribute in enumerate(definition.attributes):
        if attribute.vocabulary is None:
            continue
        vocabulary = library.vocabularies.get(attribute.vocabulary)
        if vocabulary is None:
            yield f"attributes.{index}.vocabulary", f"no file vocabularies/{attribute.vocabulary}.yaml that can be used"
            continue
        codes = {term.code for term in vocabulary.terms}
        if attribute.vocabulary_other and attribute.vocabulary_other not in codes:
            yield (
                f"attributes.{index}.vocabulary_other",
                f"vocabulary '{vocabulary.id}' has no term '{attribute.vocabulary_other}'",
            )
        if definition.style.attribute == attribute.name:
            for number, style_class in enumerate(definition.style.classes):
                if style_class.value is not None and style_class.value not in codes:
                    yield f"style.classes.{number}.value", f"vocabulary '{vocabulary.id}' has no term '{style_class.value}'"
