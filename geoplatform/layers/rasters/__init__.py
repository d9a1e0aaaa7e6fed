"""Rasters: aerial photographs and other pictures of the ground, made into cloud-optimised GeoTIFFs and published by level."""
