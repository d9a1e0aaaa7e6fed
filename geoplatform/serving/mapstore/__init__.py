"""What GeoNode's map viewer (MapStore) asks a map server for besides pictures: a layer's columns and rows, in GeoServer's form.

Not a WFS: MapStore's table speaks a few sentences of WFS 1.1 to the address of the layer's WMS, and these are answered here by
the same query as the OGC API's items. Its capabilities name no layer.
"""
