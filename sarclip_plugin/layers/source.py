"""Which file a raster layer is, and how a layer that is none becomes one.

The engine reads files. A layer that QGIS reads from elsewhere (a coverage service, a database, memory) is
written to a temporary GeoTIFF first; one that is a rendered picture holds colours instead of backscatter and is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsProviderRegistry,
    QgsRasterBlockFeedback,
    QgsRasterFileWriter,
    QgsRasterLayer,
    QgsRasterPipe,
    QgsRectangle,
)

from ..compat import WRITE_CANCELLED, WRITTEN
from ..translation import tr

_PICTURE_PROVIDERS = {"wms", "arcgismapserver", "vectortile", "mesh"}
# Files that only describe a service, by their GDAL driver: the engine's GDAL need not have it, nor its proxy and keys.
_PICTURE_DRIVERS = {"WMS", "WMTS"}
_SERVICE_DRIVERS = {"WCS", "DAAS", "EEDAI", "HTTP", "NGW", "OGCAPI", "PLMOSAIC", "PostGISRaster"}
_NO_TRANSFORM = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)  # GDAL's own default
_MANY_PX = 2_000_000_000  # beyond this nobody wants a service copied by accident


class SourceError(Exception):
    """A layer cannot be given to the engine; the message says why and what to do."""


@dataclass(frozen=True)
class RasterSource:
    """Where the pixels of a raster layer are.

    Attributes:
        name: Of the layer.
        path: Of the file, as GDAL names it; empty where the layer has to be exported.
        provider: Key of the layer's provider. The export opens its own in its thread: a copy of a copy of a
            virtual raster's provider reads what chances to be in memory (seen in QGIS 3.22).
        uri: What that provider opens.
        crs: The layer's, which the analyst may have set by hand.
        extent: Of the layer, in `crs`.
        width: In pixels.
        height: In pixels.
        is_native: Whether coordinates of the layer are the scene's own for the engine, too. They are unless QGIS
            places the file by what the engine does not use.
    """

    name: str
    path: str
    provider: str
    uri: str
    crs: QgsCoordinateReferenceSystem
    extent: QgsRectangle
    width: int
    height: int
    is_native: bool = True

    @property
    def is_file(self) -> bool:
        """Whether the engine can read the layer as it is."""
        return bool(self.path)


def raster_source(layer: QgsRasterLayer) -> RasterSource:
    """Say where the pixels of a layer are; call it in the main thread.

    Raises:
        SourceError: The layer is a rendered picture, broken, or of unknown size.
    """
    name = layer.name()
    if not layer.isValid():
        raise SourceError(tr("Layer '{}' is broken: repair its data source first.").format(name))
    if layer.providerType() in _PICTURE_PROVIDERS or _driver_of(layer) in _PICTURE_DRIVERS:
        raise SourceError(
            tr(
                "Layer '{}' is a rendered picture from a map service: it holds colors, not backscatter. "
                "Use the file, or a coverage service (WCS)."
            ).format(name)
        )
    provider = layer.dataProvider()
    source = RasterSource(
        name, file_of(layer), layer.providerType(), provider.dataSourceUri(), layer.crs(), layer.extent(),
        provider.xSize(), provider.ySize(), _is_native(layer),
    )  # fmt: skip
    if not source.is_file and not 0 < source.width * source.height <= _MANY_PX:
        raise SourceError(
            tr("Layer '{}' has no pixel size, or too many pixels to copy: save a part of it to a file.").format(name)
        )
    return source


def file_of(layer: QgsRasterLayer) -> str:
    """Return the file of a layer as GDAL names it, "" when there is none that another process can open."""
    if layer.providerType() != "gdal" or _driver_of(layer) in _SERVICE_DRIVERS:
        return ""
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    path = parts.get("path") or ""
    if not path or layer.source().startswith("/vsimem/") or path.startswith("/vsimem/"):
        return ""
    if parts.get("vsiPrefix") or path.startswith("/vsi"):
        return layer.source().split("|")[0]
    if parts.get("layerName") or not Path(path).exists():
        # A part of a file (netCDF, HDF5) is named by the whole text; databases have no file at all.
        return ""
    return str(Path(path).resolve())


def _driver_of(layer: QgsRasterLayer) -> str:
    """Return the short name of the GDAL driver that reads a layer, "" where none does."""
    from osgeo import gdal  # QGIS has it loaded; the start of the plugin does not wait for it

    driver = gdal.IdentifyDriver(layer.source().split("|")[0]) if layer.providerType() == "gdal" else None
    return driver.ShortName if driver is not None else ""


def _is_native(layer: QgsRasterLayer) -> bool:
    """Return whether coordinates of a layer are those of its file as the engine has them.

    A transform and control points place a scene for both. The engine takes columns and rows where there are none,
    while QGIS goes by rational polynomial coefficients (RPC), and by a transform that says just that, upside down.
    """
    from osgeo import gdal

    path = file_of(layer)
    if not path:  # it will be exported as QGIS places it
        return True
    provider = layer.dataProvider()
    pixels = QgsRectangle(0, -provider.ySize(), provider.xSize(), 0)
    try:
        file = None if layer.extent() == pixels else gdal.Open(path)
    except RuntimeError:  # where somebody told GDAL to raise
        return True
    if file is None or file.GetGCPCount():
        return True
    return tuple(file.GetGeoTransform()) != _NO_TRANSFORM


def export_raster(source: RasterSource, path: Path, feedback: QgsRasterBlockFeedback | None = None) -> None:
    """Write the numbers of a layer to a GeoTIFF; runs in any thread.

    Args:
        source: That is no file.
        path: To write.
        feedback: Hears the progress in percent, and cancels.

    Raises:
        SourceError: The layer cannot be read or the file not written; nothing half-written is left.
    """
    pipe = QgsRasterPipe()
    provider = QgsProviderRegistry.instance().createProvider(source.provider, source.uri)
    if provider is None or not provider.isValid() or not pipe.set(provider):
        raise SourceError(tr("Layer '{}' cannot be read.").format(source.name))
    partial = path.with_name(f"{path.stem}.part{path.suffix}")  # a file of the right name is a whole one
    writer = QgsRasterFileWriter(str(partial))
    writer.setOutputFormat("GTiff")
    writer.setCreateOptions(["COMPRESS=DEFLATE", "TILED=YES", "BIGTIFF=IF_SAFER"])
    outcome = writer.writeRaster(
        pipe,
        source.width,
        source.height,
        source.extent,
        source.crs,
        QgsCoordinateTransformContext(),
        feedback,
    )
    cancelled = feedback is not None and feedback.isCanceled()  # too late for the writer, which looks now and then
    if outcome == WRITTEN and not cancelled:
        partial.replace(path)
        return
    partial.unlink(missing_ok=True)
    if outcome == WRITE_CANCELLED or cancelled:
        raise SourceError(tr("Cancelled while layer '{}' was copied.").format(source.name))
    raise SourceError(
        tr("Layer '{}' cannot be copied to {}: check the room on the disk and the connection.").format(
            source.name, path
        )
    )
