"""What a request that writes features may hold: for who reads it and for who describes it. Imports nothing."""

from __future__ import annotations

#: So many features in one request; more come as a file.
MAX_EDITS = 1000
#: Bytes; more comes as a file through the upload.
MAX_BODY = 8 * 1024 * 1024

#: Media types of a whole feature, and of what changes one.
GEOJSON = ("application/geo+json", "application/json")
PATCHES = ("application/merge-patch+json", "application/geo+json", "application/json")
