"""Names that the parts of access share: of GeoNode's groups and datasets, and of the life sign. No Django."""

from __future__ import annotations

#: Everybody who has an account; GeoNode adds them itself.
REGISTERED_GROUP = "registered-members"
#: People of the municipality: they see layers of level `staff`, upload data and read the staff hub.
STAFF_GROUP = "staff"
#: Datasets of layers and rasters carry these; uploads of GeoNode's own don't (see geoplatform.publishing.catalogue_record).
WORKSPACE = "geoplatform"
STORE = "layers"
RASTER_STORE = "rasters"
STORES = (STORE, RASTER_STORE)
#: File in the run directory that `geoplatform.access.projector` touches, and /healthz looks at.
LIFE_SIGN = "access.alive"
