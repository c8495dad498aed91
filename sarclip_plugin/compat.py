"""What QGIS 3.22 and its successors spell differently, in one place.

QGIS moves enumerations from its classes into `Qgis` and keeps the old names as attributes of the class. So the
plain `Class.VALUE` is what all versions understand; Qt's own enumerations are written in full everywhere.
"""

from __future__ import annotations

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsDataProvider,
    QgsMapLayer,
    QgsMapLayerProxyModel,
    QgsPalLayerSettings,
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsRasterFileWriter,
    QgsSymbol,
    QgsTask,
    QgsUnitTypes,
    QgsWkbTypes,
)
from qgis.gui import QgsVertexMarker

RASTER_LAYERS = QgsMapLayerProxyModel.RasterLayer
POLYGONS = QgsWkbTypes.PolygonGeometry
LINES = QgsWkbTypes.LineGeometry
METERS = QgsUnitTypes.DistanceMeters

INFO, WARNING, CRITICAL, SUCCESS = (
    Qgis.MessageLevel.Info,
    Qgis.MessageLevel.Warning,
    Qgis.MessageLevel.Critical,
    Qgis.MessageLevel.Success,
)

RASTER_LAYER_TYPE = QgsMapLayer.RasterLayer
VECTOR_LAYER_TYPE = QgsMapLayer.VectorLayer

TASK_CAN_CANCEL = QgsTask.CanCancel

SYMBOL_OPACITY = QgsSymbol.PropertyOpacity
LABEL_SHOW = QgsPalLayerSettings.Show

TYPE_RASTER = QgsProcessing.TypeRaster
TYPE_POINT = QgsProcessing.TypeVectorPoint
TYPE_POLYGON = QgsProcessing.TypeVectorPolygon
ADVANCED = QgsProcessingParameterDefinition.FlagAdvanced

WRITTEN = QgsRasterFileWriter.NoError
WRITE_CANCELLED = QgsRasterFileWriter.WriteCanceled

MARKER_CROSS = QgsVertexMarker.ICON_CROSS

PROVIDER_OPTIONS = QgsDataProvider.ProviderOptions

WKT = QgsCoordinateReferenceSystem.WKT_PREFERRED
