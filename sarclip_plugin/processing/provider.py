"""The provider `sarclip`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .countobjects import CountObjects
from .encodescene import EncodeScene
from .enginestatus import EngineStatus
from .fewshotlabels import FewShotLabels
from .findsimilar import FindSimilar
from .labeltiles import LabelTiles
from .similarityheatmap import SimilarityHeatmap

ALGORITHMS = (
    EncodeScene,
    LabelTiles,
    SimilarityHeatmap,
    CountObjects,
    FindSimilar,
    FewShotLabels,
    EngineStatus,
)


class SarclipProvider(QgsProcessingProvider):
    """All algorithms of the plugin; they share the controller's engine."""

    def __init__(self, controller: Any) -> None:  # noqa: ANN401 - an EngineController or a fake one
        """Args: what owns the engine; no window is needed."""
        super().__init__()
        self.controller = controller

    def id(self) -> str:
        """Never change it: models and scripts name it."""
        return "sarclip"

    def name(self) -> str:
        """Shown in the toolbox."""
        return "SARCLIP"

    def icon(self) -> QIcon:
        """Shown in the toolbox."""
        return QIcon(str(Path(__file__).parents[1] / "icons" / "sarclip.svg"))

    def loadAlgorithms(self) -> None:  # noqa: N802 - QGIS's name
        """Offer the algorithms."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm(self.controller))

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:  # noqa: N802, N803
        """Vector results are GeoPackages."""
        return "gpkg"

    def supportsNonFileBasedOutput(self) -> bool:  # noqa: N802
        """The engine writes files of its own: no table in memory, in a database or in somebody's GeoPackage."""
        return False

    def supportedOutputVectorLayerExtensions(self) -> list[str]:  # noqa: N802
        """Vector results are GeoPackages."""
        return ["gpkg"]

    def supportedOutputRasterLayerExtensions(self) -> list[str]:  # noqa: N802
        """Raster results are GeoTIFFs."""
        return ["tif"]
