"""Reads one collection of an OGC API with QGIS, prints what it saw as JSON: /usr/bin/python3 qgis_read.py URL COLLECTION."""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer

address, collection = sys.argv[1:]
application = QgsApplication([], True)
application.initQgis()
layer = QgsVectorLayer(f"url='{address}' typename='{collection}' pageSize='500'", collection, "OAPIF")
ids = [feature["id"] for feature in layer.getFeatures()] if layer.isValid() else []
extent = layer.extent()
print(
    json.dumps(
        {
            "valid": layer.isValid(),
            "crs": layer.crs().authid(),
            "read": len(ids),
            "distinct": len(set(ids)),
            "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
            # QGIS 3.22 dies when asked to sum up no error
            "fault": "" if layer.isValid() else layer.error().summary(),
        }
    )
)
del layer  # before the providers go
application.exitQgis()
