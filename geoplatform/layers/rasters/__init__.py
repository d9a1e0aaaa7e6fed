"""Rasters: aerial photographs and other pictures of the ground, made into cloud-optimised GeoTIFFs and published by level.

Taken in by `geoplatform.publishing.rasters.accept`, which also decides who may see them.
"""
