r"""Makes the picture of QGIS in the docs: a project over every kind of service, opened in QGIS Desktop.

    xvfb-run -a -s "-screen 0 1280x860x24" \
        /usr/bin/python3 scripts/qgis_picture.py http://localhost:8000 docs/images/qgis-1280.png

Run by QGIS itself (`--code`), with GEOPLATFORM_PICTURE set, it grabs the window when the map has been drawn.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)

#: West, south, east, north in EPSG:3857.
EXTENT = (3586000, 6187500, 3596500, 6194500)
#: Milliseconds that QGIS has to start, and then to fetch and draw.
START, DRAW = 8_000, 15_000


def layers(base: str) -> list:
    """Return the layers, topmost first; raises SystemExit where QGIS takes one for invalid. base: the platform's address."""

    def features(collection: str, name: str) -> QgsVectorLayer:
        return QgsVectorLayer(f"url='{base}/ogcapi/' typename='{collection}' restrictToRequestBBOX='1'", name, "OAPIF")

    tiles = f"{base}/ogcapi/collections/roads/tiles/WebMercatorQuad/%7Bz%7D/%7By%7D/%7Bx%7D?f=mvt"
    drawn = "crs=EPSG:3857&format=image/png"
    found = [
        features("pharmacies", "Аптеки (OGC API – Features)"),
        features("health", "Здоров’я (OGC API – Features)"),
        features("streets", "Вулиці (OGC API – Features)"),
        QgsVectorTileLayer(f"type=xyz&url={tiles}&zmin=8&zmax=16", "Дороги (OGC API – Tiles)"),
        QgsRasterLayer(f"{drawn}&layers=city_districts&styles=&url={base}/wms", "Райони міста (WMS)", "wms"),
        QgsRasterLayer(
            f"{drawn}&layers=community_boundary&styles=default&tileMatrixSet=WebMercatorQuad"
            f"&url={base}/wmts/1.0.0/WMTSCapabilities.xml",
            "Межі громади (WMTS)",
            "wms",
        ),
    ]
    wrong = [layer.name() for layer in found if not layer.isValid()]
    if wrong:
        sys.exit(f"QGIS can't read: {', '.join(wrong)}")
    return found


def write_project(base: str, file: Path) -> None:
    """Write a QGIS project with the layers."""
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    for layer in reversed(layers(base)):
        project.addMapLayer(layer)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(QgsRectangle(*EXTENT), project.crs()))
    if not project.write(str(file)):
        sys.exit(f"{file} can't be written")


def main() -> None:
    """Make the project, then let QGIS open it."""
    base, picture = sys.argv[1].rstrip("/"), Path(sys.argv[2]).absolute()
    application = QgsApplication([], True)
    application.initQgis()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "geoplatform.qgz"
        write_project(base, project)
        command = ["qgis", "--nologo", "--noversioncheck", "--profiles-path", folder, "--project", project, "--code", __file__]
        subprocess.run(command, env={**os.environ, "GEOPLATFORM_PICTURE": str(picture)}, check=True, timeout=120)
    sys.stdout.flush()
    os._exit(0)  # what Python still holds of the layers would be taken down after the application, which crashes


def grab(picture: str) -> None:
    """Save the window's picture when the map has been drawn, and end QGIS."""
    from qgis.PyQt.QtCore import QTimer
    from qgis.utils import iface

    def save() -> None:
        saved = iface.mainWindow().grab().save(picture)
        os._exit(0 if saved else 1)

    def draw() -> None:
        iface.mapCanvas().refresh()
        QTimer.singleShot(DRAW, save)

    QTimer.singleShot(START, draw)


if "GEOPLATFORM_PICTURE" in os.environ:
    grab(os.environ["GEOPLATFORM_PICTURE"])
elif __name__ == "__main__":
    main()
