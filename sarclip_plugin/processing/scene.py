"""Algorithms about one scene: the parameters that say which, and the results that go onto the map."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qgis.core import (
    QgsGeometry,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterBand,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsRasterBlockFeedback,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP
from qgis.PyQt.QtGui import QColor

from ..compat import TYPE_POLYGON
from ..layers.heat import dress_heatmap
from ..layers.places import ScenePlane, crs_text
from ..layers.provenance import describe
from ..layers.source import RasterSource, SourceError, export_raster, raster_source
from ..layers.vectors import dress_objects, dress_tiles, palette_color
from ..session import SCALES, SceneSession, SceneSettings, scale_name
from ..translation import tr
from .base import EngineAlgorithm

_PROMPT_HELP = QT_TRANSLATE_NOOP(
    "Sarclip",
    'What to look for, in plain English, such as "ships near harbor". Several prompts are parted by semicolons or '
    "new lines."
)

TILES_HELP = QT_TRANSLATE_NOOP(
    "Sarclip",
    "A GeoPackage of labeled tiles, with their scores, a summary and the run inside. "
    "A file that is there already is replaced."
)

# QGIS owns neither a post-processor nor the algorithm it came from, and calls it after both are done with.
_ALIVE: deque[_Dresser] = deque(maxlen=100)


class Answer(NamedTuple):
    """What came of a question in words."""

    out: str  # destination, as QGIS names it
    prompts: list[str]
    result: dict[str, Any]  # of the protocol
    facts: dict[str, str]  # provenance


class SceneAlgorithm(EngineAlgorithm):
    """An algorithm about one raster layer."""

    INPUT, BAND, SCALE, MODEL = "INPUT", "BAND", "SCALE", "MODEL"
    TILE_SIZE, TILE_SIZE_M, EXTENT, AOI, OUTPUT = "TILE_SIZE", "TILE_SIZE_M", "EXTENT", "AOI", "OUTPUT"
    CAREFUL = "CAREFUL"
    PROMPTS, BACKGROUND = "PROMPTS", "BACKGROUND"

    def __init__(self, controller: Any) -> None:  # noqa: ANN401
        """Args: what owns the engine."""
        super().__init__(controller)
        self._source: RasterSource | None = None
        self._plane: ScenePlane | None = None

    def add_scene(self) -> None:
        """Add the parameter that every algorithm begins with."""
        self.add(
            QgsProcessingParameterRasterLayer(self.INPUT, tr("Scene")),
            tr("A radar scene: backscatter, not a picture of it."),
        )

    def add_reading(self) -> None:
        """Add what says how the scene is read and encoded; all of it may be left alone."""
        self.add(
            QgsProcessingParameterBand(self.BAND, tr("Band"), None, self.INPUT, optional=True),
            tr("Band that the model sees; the first by default."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterEnum(
                self.SCALE, tr("Scale"), list(SCALES), defaultValue="auto", usesStaticStrings=True
            ),
            tr("What the numbers are: decibels, power, amplitude or 8-bit; auto says in the log what it found."),
            advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterNumber(
                self.TILE_SIZE, tr("Tile size in pixels"), defaultValue=None, optional=True, minValue=8
            ),
            tr("Side of a tile, in pixels; a multiple of 8. Empty leaves it to the model."), advanced=True,
        )  # fmt: skip
        number = QgsProcessingParameterNumber
        self.add(
            number(self.TILE_SIZE_M, tr("Tile size in meters"), number.Double, None, optional=True, minValue=0),
            tr("Side of a tile on the ground, instead of its side in pixels."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterBoolean(self.CAREFUL, tr("Careful: four readings"), False),
            tr(
                "Reads every part four times, mirrored and resized: objects are found more surely, in five times "
                "the time; small scenes are always read so."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString(self.MODEL, tr("Model"), optional=True),
            tr("Name of a model of the engine; empty for the default."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterExtent(self.EXTENT, tr("Extent"), optional=True),
            tr("Only this part of the scene is encoded and asked."), advanced=True,
        )  # fmt: skip
        self.add(
            QgsProcessingParameterFeatureSource(self.AOI, tr("Area of interest"), [TYPE_POLYGON], optional=True),
            tr("Only tiles whose center lies in these polygons are asked; goes before the extent."), advanced=True,
        )  # fmt: skip

    def add_question(self) -> None:
        """Add what every algorithm that asks in words begins with: scene, prompts, reading."""
        self.add_scene()
        self.add_prompts()
        self.add_reading()

    def add_prompts(self) -> None:
        """Add prompts and their background."""
        self.add(QgsProcessingParameterString(self.PROMPTS, tr("Prompts"), multiLine=True), tr(_PROMPT_HELP))
        self.add(
            QgsProcessingParameterString(self.BACKGROUND, tr("Background prompts"), multiLine=True, optional=True),
            tr("What else may be there, parted as the prompts; empty for the model's own list."), advanced=True,
        )  # fmt: skip

    def prepareAlgorithm(  # noqa: N802 - QGIS's name
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Look at the layer while it may be touched, in the main thread."""
        layer = self.parameterAsRasterLayer(parameters, self.INPUT, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, self.INPUT))
        try:
            self._source = raster_source(layer)
            self._plane = ScenePlane.of(self._source, context.project())
        except SourceError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def session(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> SceneSession:
        """Return the session of the scene; a layer that is no file is copied to one first."""
        path = self._source.path or self._exported(feedback)
        band = self.parameterAsInt(parameters, self.BAND, context) if parameters.get(self.BAND) else 0
        tile_px = parameters.get(self.TILE_SIZE) and self.parameterAsInt(parameters, self.TILE_SIZE, context)
        tile_m = parameters.get(self.TILE_SIZE_M) and self.parameterAsDouble(parameters, self.TILE_SIZE_M, context)
        settings = SceneSettings(
            path,
            band=str(band or ""),
            scale=self.parameterAsString(parameters, self.SCALE, context) or "auto",
            model=self.parameterAsString(parameters, self.MODEL, context),
            tile_px=tile_px or None,
            tile_m=tile_m or None,
            careful=self.parameterAsBoolean(parameters, self.CAREFUL, context),
            extent=self._extent(parameters, context),
        )
        return SceneSession(settings)

    def open_session(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> SceneSession:
        """Return the session, opened, after saying in the log how the scene is read."""
        session = self.session(parameters, context, feedback)
        scene = self.carry_on(session.open(), feedback)
        low, high = scene["stretch"]
        feedback.pushInfo(
            tr("Scale {}, {:.2f} to {:.2f} {}: {}").format(
                scale_name(scene["scale"]), low, high, scene["unit"], scene["reason"]
            )
        )
        for note in scene["notes"]:
            feedback.pushInfo(note)
        return session

    def prompts(self, parameters: dict[str, Any], context: QgsProcessingContext, name: str = PROMPTS) -> list[str]:
        """Return the prompts of a parameter."""
        return split_prompts(self.parameterAsString(parameters, name, context))

    def asked(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return prompts and background as the protocol takes them."""
        asked: dict[str, Any] = {"prompts": self.prompts(parameters, context)}
        background = self.prompts(parameters, context, self.BACKGROUND)
        return {**asked, "background": background} if background else asked

    def ask(
        self,
        method: str,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        **wishes: Any,  # noqa: ANN401 - parameters of the protocol
    ) -> Answer:
        """Ask the scene in words, and write the result to OUTPUT; the scene is encoded first where it was not."""
        out = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        asked = self.asked(parameters, context)
        session = self.open_session(parameters, context, feedback)
        result = self.carry_on(session.ask(method, **asked, **wishes, out=out, overwrite=True), feedback)
        facts = self.facts(session, asked["prompts"], asked.get("background", ()))
        return Answer(out, asked["prompts"], result, facts)

    def dress_on_completion(self, destination: str, context: QgsProcessingContext, dresser: _Dresser) -> None:
        """Give the layer of a destination its look when QGIS loads it."""
        if context.willLoadLayerOnCompletion(destination):
            _ALIVE.append(dresser)
            context.layerToLoadOnCompletionDetails(destination).setPostProcessor(dresser)

    def facts(self, session: SceneSession, prompts: Sequence[str], background: Sequence[str] = ()) -> dict[str, str]:
        """Return what a layer's metadata says it comes from."""
        scene, encoded, hello = session.scene or {}, session.encoded or {}, self._controller.hello
        return {
            "scene": session.settings.path,
            "band": str(scene.get("band", "")),
            "scale": str(scene.get("scale", "")),
            "model": session.settings.model or hello.get("default_model", ""),
            "tile_px": str(encoded.get("tile_px", "")),
            "readings": str(encoded.get("readings", "")),
            "embedding": str(encoded.get("store", "")),
            "prompts": "; ".join(prompts),
            "background": "; ".join(background),
            "engine": hello.get("engine", ""),
        }

    def _exported(self, feedback: QgsProcessingFeedback) -> str:
        feedback.pushInfo(tr("Layer '{}' is no file; it is copied to one first.").format(self._source.name))
        path = Path(QgsProcessingUtils.generateTempFilename("scene.tif"))
        block_feedback = QgsRasterBlockFeedback()
        block_feedback.progressChanged.connect(feedback.setProgress)
        feedback.canceled.connect(block_feedback.cancel)
        try:
            export_raster(self._source, path, block_feedback)
        except SourceError as error:
            raise QgsProcessingException(str(error)) from error
        return str(path)

    def _extent(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any] | None:
        if parameters.get(self.AOI):
            polygons = self.parameterAsSource(parameters, self.AOI, context)
            if polygons is None:
                raise QgsProcessingException(self.invalidSourceError(parameters, self.AOI))
            shape = QgsGeometry.unaryUnion([feature.geometry() for feature in polygons.getFeatures()])
            if shape.isEmpty():
                raise QgsProcessingException(tr("The area of interest holds no polygon."))
            return self._plane.extent({"wkt": shape.asWkt(9), "crs": crs_text(polygons.sourceCrs())})
        if parameters.get(self.EXTENT):
            box = self.parameterAsExtent(parameters, self.EXTENT, context)
            crs = self.parameterAsExtentCrs(parameters, self.EXTENT, context)
            bounds = [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]
            return self._plane.extent({"bbox": bounds, "crs": crs_text(crs)})
        return None


class _Dresser(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded layer its name, look and provenance, in the main thread."""

    def __init__(self, title: str, facts: dict[str, str]) -> None:
        super().__init__()
        self._title, self._facts = title, facts

    def postProcessLayer(  # noqa: N802 - QGIS's name
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Dress the layer."""
        layer.setName(self._title)
        self.dress(layer)
        describe(layer, self._title, self._facts)

    def dress(self, layer: QgsMapLayer) -> None:
        """Give the layer its look."""
        raise NotImplementedError


class HeatDresser(_Dresser):
    """For heatmaps: QGIS loads the file once, so the layers of further bands are made here."""

    def __init__(self, titles: Sequence[str], facts: dict[str, str], threshold: float, top: float) -> None:
        """Args: name per band, provenance, score from which it shows, score of the strongest colour."""
        super().__init__(titles[0], facts)
        self._titles, self._threshold, self._top = titles, threshold, top

    def postProcessLayer(  # noqa: N802 - QGIS's name
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Dress the layer, and add one for each further band."""
        super().postProcessLayer(layer, context, feedback)
        for band, title in enumerate(self._titles[1:], start=2):
            other = layer.clone()
            other.setName(title)
            self.dress(other, band)
            describe(other, title, self._facts)
            context.project().addMapLayer(other)

    def dress(self, layer: QgsRasterLayer, band: int = 1) -> None:
        """Show a band; each in a colour of its own where there are several, as in the panel."""
        color = palette_color(band - 1) if len(self._titles) > 1 else None
        dress_heatmap(layer, band, self._threshold, self._top, color)


class VectorDresser(_Dresser):
    """For tiles and objects."""

    def __init__(self, title: str, facts: dict[str, str], labels: Sequence[str], field: str) -> None:
        """Args: name, provenance, labels in the order of the legend, and the field that holds them."""
        super().__init__(title, facts)
        self._labels, self._field = labels, field

    def dress(self, layer: QgsVectorLayer) -> None:
        """Colour by label."""
        colors: dict[str, QColor] = {label: palette_color(index) for index, label in enumerate(self._labels)}
        (dress_objects if self._field == "prompt" else dress_tiles)(layer, colors, 0.0)


def split_prompts(text: str) -> list[str]:
    """Return the prompts of a text, parted by semicolons or new lines."""
    parts = (" ".join(part.split()) for part in text.replace("\n", ";").split(";"))
    return [part for part in parts if part]
