"""From a layer table to all that is served: views, documents, styles, catalogue record."""
