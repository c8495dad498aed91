"""Results of the engine as layers of a QGIS project."""
