"""A saved GeoPackage, dressed as it was seen: its styles are stored inside."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.core import QgsVectorLayer

from ..translation import tr
from .results import Look
from .vectors import dress_objects, dress_tiles


def store_styles(path: str, looks: Mapping[str, Look]) -> list[str]:
    """Store looks as the default styles of a GeoPackage's layers.

    Args:
        path: Of the file.
        looks: By layer name: "tiles" and "objects".

    Returns:
        Names of the layers that have no style now, because they or their styles cannot be written.
    """
    bare = []
    for name, look in looks.items():
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        if not layer.isValid():
            bare.append(name)
            continue
        (dress_objects if name == "objects" else dress_tiles)(layer, look.colors, look.threshold)
        layer.setOpacity(look.opacity)
        # A name that the engine has not used: QGIS would ask in a box whether to replace it.
        if layer.saveStyleToDatabase(tr("{}, as seen").format(name), tr("As it was seen"), True, ""):
            bare.append(name)  # what it returns is the error
    return bare
