"""Takes docs/images/qgis.png: QGIS Desktop with layers of a running installation, over OGC API Features, vector tiles and WMS.

Usage: QT_QPA_PLATFORM=offscreen QGIS_PICTURE=docs/images/qgis.png QGIS_SERVER=http://localhost:8000 \
       qgis --nologo --noversioncheck --profiles-path /tmp/qgis-profile --code scripts/qgis_screenshot.py
"""

import os

from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer, QgsRectangle, QgsVectorLayer, QgsVectorTileLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

SERVER = os.environ.get("QGIS_SERVER", "http://localhost:8000")
PICTURE = os.environ.get("QGIS_PICTURE", "docs/images/qgis.png")
#: The middle of Kropyvnytskyi in EPSG:3857.
EXTENT = QgsRectangle(3583000, 6184000, 3600000, 6195000)

tiles = f"{SERVER}/ogcapi/collections/roads/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?f=mvt"
wms = f"contextualWMSLegend=0&crs=EPSG:3857&format=image/png&layers=green_areas&styles=default&url={SERVER}/wms"
layers = [
    QgsRasterLayer(wms, "green_areas (WMS)", "wms"),
    QgsVectorTileLayer(f"type=xyz&url={tiles}&zmin=0&zmax=16", "roads (vector tiles)"),
    QgsVectorLayer(f"url='{SERVER}/ogcapi' typename='districts' pageSize='500'", "districts (OGC API Features)", "OAPIF"),
    QgsVectorLayer(f"url='{SERVER}/ogcapi' typename='pharmacies' pageSize='500'", "pharmacies (OGC API Features)", "OAPIF"),
]
for layer in layers:
    if not layer.isValid():
        raise SystemExit(f"QGIS can't read {layer.name()}")
layers[2].renderer().symbol().setOpacity(0.3)
project = QgsProject.instance()
project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
project.addMapLayers(layers)
window = iface.mainWindow()
window.resize(1280, 900)
canvas = iface.mapCanvas()
canvas.setExtent(EXTENT)
canvas.refresh()


def table():
    """Open the attribute table of the pharmacies under the map, and take the picture when all is drawn."""
    iface.setActiveLayer(layers[3])
    QTimer.singleShot(8000, shoot)


def shoot():
    window.grab().save(PICTURE)
    QApplication.instance().exit(0)
    os._exit(0)  # QGIS would ask whether to keep the project


QTimer.singleShot(4000, table)
