"""What the tools say while they work, in the reader's language; each tool gets its own words with its panel."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def of(tool: str) -> dict[str, str]:
    """Return the words of `tool`: layers, own, draw, share or print."""
    return {"layers": _layers, "own": _own, "draw": _draw, "share": _share, "print": _print}[tool]()


def _layers() -> dict[str, str]:
    return {
        "moved": _("%(layer)s is now number %(place)s of %(all)s from the top."),
    }


def _own() -> dict[str, str]:
    return {
        "asking": _("Wait: the data is being read…"),
        "added": _("%(name)s was added. Features: %(count)s."),
        "addedService": _("%(name)s was added."),
        "removed": _("%(name)s was taken away."),
        "remove": _("Take away %(name)s"),
        "zoom": _("Show %(name)s"),
        "tooLarge": _(
            "The file is too large: %(size)s MB. Up to %(limit)s MB can be shown. "
            "Take a part of it, or ask the geodata office to publish it as a layer."
        ),
        "tooMany": _("Too many features in the file: %(count)s. Up to %(limit)s can be shown. Take a part of it."),
        "unknownKind": _("This kind of file is not read. Choose GeoJSON, KML or GPX."),
        "notJson": _("The file is not sound JSON, so nothing was added."),
        "notGeoJson": _("The file is JSON, but not GeoJSON, so nothing was added."),
        "notXml": _("The file is not sound XML, so nothing was added."),
        "wrongRoot": _("The file holds no %(kind)s, so nothing was added."),
        "nothing": _("There is nothing to show in the file: no point, line or area."),
        "badCoordinates": _(
            "The coordinates are not longitude and latitude in degrees. Save the file in WGS 84 (EPSG:4326) and try again."
        ),
        "unreadable": _("The file can't be read. Perhaps it was moved or is not allowed to be read."),
        "failed": _("The data could not be read or shown, so nothing was added. The map goes on without them."),
        "badAddress": _("This is not an address of a map service. It begins with https://"),
        "badTemplate": _("The address of tiles needs {z}, {x} and {y}."),
        "hangs": _("The service gave no answer within %(seconds)s s. The map goes on without it."),
        "html": _("The service answered with a web page instead of a map. Check the address."),
        "refused": _("The service could not be reached, or its owner does not allow other sites to show its maps."),
        "status": _("The service answered with an error (%(status)s)."),
        "fault": _("The service says: %(text)s"),
        "noLayers": _("The service offers no layers that can be shown here (Web Mercator, EPSG:3857)."),
        "choose": _("Choose a layer of the service"),
        "tilesFail": _("%(name)s: pictures can't be loaded."),
        "limit": _("The limit of your own layers is reached (%(limit)s). Take one away first."),
        "notKept": _(
            "%(name)s was added, but is too large to be kept (about 2 MB in all are): it is not printed, and gone from the map "
            "when the page is loaded again or its language changed."
        ),
    }


def _shapes() -> dict[str, str]:
    """Return what drawn shapes are called and measured in."""
    return {
        "point": pgettext("drawing", "Point"),
        "line": pgettext("drawing", "Line"),
        "area": pgettext("drawing", "Area"),
        "length": _("length %(value)s"),
        "perimeter": _("perimeter %(value)s"),
        "surface": _("area %(value)s"),
        "m": pgettext("unit", "%(number)s m"),
        "km": pgettext("unit", "%(number)s km"),
        "m2": pgettext("unit", "%(number)s m²"),
        "ha": pgettext("unit", "%(number)s ha"),
        "km2": pgettext("unit", "%(number)s km²"),
    }


def _draw() -> dict[str, str]:
    return _shapes() | {
        "note": pgettext("drawing", "Note"),
        "name": _("Note on %(name)s"),
        "remove": _("Delete %(name)s"),
        "removed": _("%(name)s was deleted."),
        "added": _("%(name)s was drawn."),
        "none": _("Nothing has been drawn yet."),
        "badLine": _(
            "Line %(number)s is not a pair of coordinates: latitude, then longitude, in degrees, for example 48.51, 32.26."
        ),
        "fewPoints": _("A line needs at least two pairs of coordinates, an area at least three."),
        "tooMany": _("The limit of what can be drawn is reached (%(limit)s). Delete something first."),
        "notKept": _(
            "The drawing is too large to be kept whole. Not printed, and gone when the page is loaded again "
            "or its language changed: shapes %(count)s. Save the drawing as a file."
        ),
        "file": _("drawing"),
    }


def _share() -> dict[str, str]:
    return {
        "failed": _("The short link could not be made. The long address below works as well."),
        "often": _("Too many short links were made from your network in the last hour. The long address below works as well."),
        "long": _("This view is too long for a short link. The long address below works as well."),
        "made": _("The short link is ready."),
    }


def _print() -> dict[str, str]:
    return _shapes() | {
        "drawing": _("The map is being drawn…"),
        "ready": _("The sheet is ready to print."),
        "failed": _("The map could not be drawn. The list below can be printed all the same."),
        "scale": _("Scale 1 : %(number)s on paper"),
        "ownDrawing": _("Drawn on the map"),
        "ownData": _("Added data"),
        "featuresOf": _("%(name)s (features: %(count)s)"),
        "picturesOf": _("%(name)s (pictures: %(owner)s)"),
        "withOwn": _("%(map)s. Drawn or added: %(items)s"),
        "moreInLegend": _("further ones in the list of signs: %(count)s"),
        "moreNames": _("and further names: %(count)s"),
        "left": _("Too large to be taken along, so not on the sheet: %(names)s."),
        "leftShapes": _("drawn shapes: %(count)s"),
        "tilesFail": _("Pictures of other sites that are missing on the sheet or in parts of it: %(names)s."),
        "sure": _("Remove everything that you have drawn and added?"),
    }
