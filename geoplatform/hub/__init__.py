"""GeoNode without GeoServer: resource manager, downloads, patches, tasks and the staff hub."""
