"""The serving plane: OGC API and vector tiles from the published views. It only reads, and it knows no Django."""
