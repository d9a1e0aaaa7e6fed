"""Draws one raster source with QGIS: /usr/bin/python3 qgis_map.py URI WEST SOUTH EAST NORTH OUT.png [USER PASSWORD].

The extent is in EPSG:3857. With USER and PASSWORD the layer asks with Basic, as QGIS stores it. Prints what it saw as JSON.
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize

uri, *numbers, target = sys.argv[1:7]
application = QgsApplication([], True)  # without a "screen" QGIS 3.22 dies in its providers
application.initQgis()
if sys.argv[7:]:
    manager = QgsApplication.authManager()
    manager.setMasterPassword("only for this run", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("geoplatform")
    config.setConfig("username", sys.argv[7])
    config.setConfig("password", sys.argv[8])
    manager.storeAuthenticationConfig(config)
    uri += f"&authcfg={config.id()}"
layer = QgsRasterLayer(uri, "map", "wms")
valid = layer.isValid()
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
settings.setExtent(QgsRectangle(*map(float, numbers)))
settings.setOutputSize(QSize(256, 256))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
job.renderedImage().save(target)
print(json.dumps({"valid": valid}))
sys.stdout.flush()
os._exit(0)  # what Python still holds of the map would be taken down after the application, which crashes
