"""WMS 1.3.0 (OGC 06-042): this gateway answers what needs judgement, MapServer behind nginx draws."""
