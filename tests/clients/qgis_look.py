"""QGIS without a screen opens sources and tells what it saw: /usr/bin/python3 qgis_look.py, a job as JSON on standard input.

The job holds `credentials`: nothing; ["Basic", user, password], stored as QGIS stores it and named by each source; or
["Bearer", token], put into each request as plugins do it (QGIS 3.22 has no setting for that header). `features`: name -> URI of
the OAPIF provider. `maps`: name -> [provider (wms or vectortile), URI]. `extent`: west, south, east, north in EPSG:3857.
`folder`: where each map that is valid is drawn into <name>.png. Prints JSON: name -> what was seen.
"""

import json
import os
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsNetworkAccessManager,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def basic(user: str, password: str) -> str:
    """Store credentials; return the id by which a source names them."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("only for this run", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("geoplatform")
    config.setConfig("username", user)
    config.setConfig("password", password)
    manager.storeAuthenticationConfig(config)
    return config.id()


def bearer(token: str) -> str:
    """Have every request carry the token; there is nothing for a source to name."""
    header = f"Bearer {token}".encode()
    QgsNetworkAccessManager.setRequestPreprocessor(lambda request: request.setRawHeader(b"Authorization", header))
    return ""


def features(uri: str) -> dict:
    """Read every feature."""
    layer = QgsVectorLayer(uri, "features", "OAPIF")
    ids = [feature["id"] for feature in layer.getFeatures()] if layer.isValid() else []
    extent = layer.extent()
    return {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "read": len(ids),
        "distinct": len(set(ids)),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        # QGIS 3.22 dies when asked to sum up no error
        "fault": "" if layer.error().isEmpty() else layer.error().summary(),
    }


def points(uri: str) -> QgsVectorTileLayer:
    """Return a layer of vector tiles whose points are blue; else QGIS draws them in colours that nobody can foresee."""
    style = QgsVectorTileBasicRendererStyle("points", "", QgsWkbTypes.PointGeometry)
    style.setSymbol(QgsMarkerSymbol.createSimple({"color": "#0000ff", "outline_style": "no", "size": "5"}))
    style.setEnabled(True)
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([style])
    layer = QgsVectorTileLayer(uri, "map")
    layer.setRenderer(renderer)
    return layer


def drawn(provider: str, uri: str, extent: list, target: Path) -> dict:
    """Draw the source on nothing, 256 x 256 pixels."""
    layer = points(uri) if provider == "vectortile" else QgsRasterLayer(uri, "map", provider)
    if not layer.isValid():
        return {"valid": False}
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(*extent))
    settings.setOutputSize(QSize(256, 256))
    settings.setBackgroundColor(QColor(0, 0, 0, 0))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(target))
    return {"valid": True}


job = json.load(sys.stdin)
application = QgsApplication([], True)  # without a "screen" QGIS 3.22 dies in its providers
application.initQgis()
method, *words = job.get("credentials") or [""]
named = {"Basic": basic, "Bearer": bearer}[method](*words) if method else ""
seen = {name: features(uri + (f" authcfg={named}" if named else "")) for name, uri in job.get("features", {}).items()}
for name, (provider, uri) in job.get("maps", {}).items():
    target = Path(job["folder"]) / f"{name}.png"
    seen[name] = drawn(provider, uri + (f"&authcfg={named}" if named else ""), job["extent"], target)
print(json.dumps(seen))
sys.stdout.flush()
os._exit(0)  # what Python still holds of the layers would be taken down after the application, which crashes
