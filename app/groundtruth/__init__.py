"""Ground truth in the field's file formats, one module a format, and its export; the only place that knows XML."""
