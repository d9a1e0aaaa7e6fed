"""The last app to start: takes back what GeoNode's apps write into settings while they start."""
