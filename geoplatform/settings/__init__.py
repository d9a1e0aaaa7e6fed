"""Django settings: `base` states every deviation from GeoNode's defaults; dev, test and production differ in a few lines."""
