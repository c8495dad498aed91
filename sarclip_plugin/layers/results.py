"""Results of one scene in the project: a group of layers that is made once and then follows the questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsMapLayerLegendUtils,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..compat import PROVIDER_OPTIONS
from ..translation import tr
from .heat import dress_heatmap
from .provenance import describe
from .vectors import dress_objects, dress_tiles

HEATMAP, TILES, OBJECTS, SIMILAR, TAUGHT = ROLES = ("heatmap", "tiles", "objects", "similar", "taught")
RASTER_ROLES = (HEATMAP, SIMILAR)
_DRAWN = (OBJECTS, TAUGHT, TILES, SIMILAR, HEATMAP)  # points over tiles over heat

ROLE, _SCENE, _PROMPT, _TOP, _COLOR = (f"sarclip/{name}" for name in ("role", "scene", "prompt", "top", "color"))


@dataclass(frozen=True)
class Look:
    """How the layers of one role are to be drawn.

    Attributes:
        colors: By prompt, in the order of the list.
        threshold: Score below which nothing is drawn.
        opacity: Of the whole layer, 0..1.
    """

    colors: Mapping[str, QColor]
    threshold: float
    opacity: float


class ResultLayers:
    """The layers of results of one scene.

    Layers are looked up in the project whenever they are needed: the analyst may remove, rename or move them at
    any time, and what is left of a removed layer must not be touched.
    """

    def __init__(self, project: QgsProject, scene_id: str, scene_name: str) -> None:
        """Args: the project, the id of the scene's layer, and its name for the group."""
        self._project, self._scene_id, self._scene_name = project, scene_id, scene_name
        self.facts: dict[str, str] = {}  # provenance of the results to come

    def find(self, role: str, prompt: str | None = None) -> list[QgsMapLayer]:
        """Return the layers of a role, of one prompt or of all, in the order of the layer tree."""
        nodes = self._project.layerTreeRoot().findLayers()
        layers = [node.layer() for node in nodes if node.layer() is not None]
        return [
            layer
            for layer in layers
            if layer.customProperty(ROLE) == role
            and layer.customProperty(_SCENE) == self._scene_id
            and (prompt is None or layer.customProperty(_PROMPT) == prompt)
        ]

    def show_heatmaps(self, path: str, prompts: Sequence[str], top: float, look: Look, role: str = HEATMAP) -> None:
        """Show the bands of a heatmap, one layer per prompt; layers of earlier prompts are taken over.

        Args:
            path: Of the GeoTIFF.
            prompts: One per band.
            top: Score of the strongest colour.
            look: Colours, threshold and opacity.
            role: HEATMAP or SIMILAR.
        """
        old = self.find(role)
        for band, prompt in enumerate(prompts, start=1):
            layer = self._adopt(old[band - 1] if band <= len(old) else None, role, path)
            color = look.colors.get(prompt) if len(prompts) > 1 else None
            layer.setCustomProperty(_TOP, top)
            layer.setCustomProperty(_COLOR, color.name() if color else "")
            title = tr("Similar places") if role == SIMILAR else tr("Heatmap: {}").format(prompt)
            self._name(layer, title, prompt)
            dress_heatmap(layer, band, look.threshold, top, color)
            layer.setOpacity(look.opacity)  # of the renderer, which is new
            self._place(layer, role)
        self._remove(old[len(prompts) :])

    def show_tiles(self, path: str, look: Look, role: str = TILES, prompt: str = "") -> None:
        """Show labelled tiles."""
        title = tr("Tiles: {}").format(prompt) if prompt else tr("Tiles")
        self._show_vector(path, "tiles", role, title, look, prompt)

    def show_objects(self, path: str, look: Look) -> None:
        """Show counted objects."""
        self._show_vector(path, "objects", OBJECTS, tr("Objects"), look, "")

    def dress(self, role: str, look: Look) -> None:
        """Draw the layers of a role with another threshold, opacity or colours; asks nobody."""
        for layer in self.find(role):
            if isinstance(layer, QgsRasterLayer):
                self._dress_raster(layer, look)
            else:
                _dress_vector(layer, role, look)
            layer.setOpacity(look.opacity)  # a raster's is that of its renderer, which is new

    def tick(self, role: str, prompts: Collection[str]) -> None:
        """Tick the layers of a role whose prompt is among these, and untick the others."""
        root = self._project.layerTreeRoot()
        for layer in self.find(role):
            node = root.findLayer(layer.id())
            if node is not None:
                node.setItemVisibilityChecked(layer.customProperty(_PROMPT) in prompts)

    def show_only(self, roles: Sequence[str]) -> None:
        """Tick the layers of these roles and untick those of the others."""
        root = self._project.layerTreeRoot()
        for role in ROLES:
            for layer in self.find(role):
                node = root.findLayer(layer.id())
                if node is not None and node.itemVisibilityChecked() != (role in roles):
                    node.setItemVisibilityChecked(role in roles)
                    node.setExpanded(role in roles)  # the legend of what is not seen is in the way

    def remove(self, role: str, prompt: str | None = None) -> None:
        """Take the layers of a role out of the project."""
        self._remove(self.find(role, prompt))

    def group(self) -> QgsLayerTreeGroup:
        """Return the group of the scene, above the scene's own layer; make it where there is none."""
        root = self._project.layerTreeRoot()
        for group in root.findGroups(True):
            if group.customProperty(_SCENE) == self._scene_id:
                return group
        group = root.insertGroup(0, tr("SARCLIP: {}").format(self._scene_name))
        group.setCustomProperty(_SCENE, self._scene_id)
        group.setExpanded(True)
        return group

    def _show_vector(self, path: str, name: str, role: str, title: str, look: Look, prompt: str) -> None:
        old = self.find(role, prompt)
        layer = self._adopt(old[0] if old else None, role, f"{path}|layername={name}")
        self._name(layer, title, prompt)
        self._remove(old[1:])
        layer.setOpacity(look.opacity)
        _dress_vector(layer, role, look)
        self._place(layer, role)

    def _adopt(self, layer: QgsMapLayer | None, role: str, source: str) -> QgsMapLayer:
        """Point a layer to new results, or make one; it is left without a look, and a new one without a place."""
        if layer is not None:
            layer.setDataSource(source, layer.name(), layer.providerType(), PROVIDER_OPTIONS(), False)
        else:
            layer = _opened(source, role)
            layer.setCustomProperty(ROLE, role)
            layer.setCustomProperty(_SCENE, self._scene_id)
        self._lend_crs(layer)
        return layer

    def _place(self, layer: QgsMapLayer, role: str) -> None:
        """Put a new layer into the project; dressed before, since each change of one on the map costs time."""
        if self._project.mapLayer(layer.id()) is not None:
            return
        self._project.addMapLayer(layer, False)
        group = self.group()
        above = _DRAWN[: _DRAWN.index(role) + 1]
        node = QgsLayerTreeLayer(layer)
        if role in RASTER_ROLES:  # the ramp alone: the layer's name says what "Band 1: …" says again
            QgsMapLayerLegendUtils.setLegendNodeOrder(node, [1])
        group.insertChildNode(sum(len(self.find(each)) for each in above), node)
        for opened in (group, node):  # the tree shows them closed that were empty when they came
            opened.setExpanded(False)
            opened.setExpanded(True)

    def _lend_crs(self, layer: QgsMapLayer) -> None:
        """Let results lie where the scene does, also where the analyst gave it a system or corrected its file's."""
        scene = self._project.mapLayer(self._scene_id)
        if scene is not None and scene.crs().isValid() and layer.crs() != scene.crs():
            layer.setCrs(QgsCoordinateReferenceSystem(scene.crs()))

    def _name(self, layer: QgsMapLayer, title: str, prompt: str) -> None:
        if layer.customProperty(_PROMPT) != prompt or not layer.name() or layer.name() in ROLES:
            layer.setName(title)  # a name that the analyst gave stays as long as the prompt does
        layer.setCustomProperty(_PROMPT, prompt)
        describe(layer, title, self.facts)

    def _dress_raster(self, layer: QgsRasterLayer, look: Look) -> None:
        prompt = layer.customProperty(_PROMPT)
        color = look.colors.get(prompt) if layer.customProperty(_COLOR) else None
        renderer = layer.renderer()
        band = renderer.usesBands()[0] if renderer is not None and renderer.usesBands() else 1
        dress_heatmap(layer, band, look.threshold, float(layer.customProperty(_TOP, 1.0)), color)

    def _remove(self, layers: Sequence[QgsMapLayer]) -> None:
        self._project.removeMapLayers([layer.id() for layer in layers])


def _dress_vector(layer: QgsVectorLayer, role: str, look: Look) -> None:
    """Give tiles or objects their look; a layer of one prompt has no other's colour in its legend."""
    prompt = layer.customProperty(_PROMPT)
    colors = {name: color for name, color in look.colors.items() if not prompt or name == prompt}
    (dress_objects if role == OBJECTS else dress_tiles)(layer, colors, look.threshold)


def _opened(source: str, role: str) -> QgsMapLayer:
    """Open results without a look: finding one by itself, QGIS would read a raster's numbers in the main thread."""
    if role in RASTER_ROLES:
        options = QgsRasterLayer.LayerOptions(False)
        return QgsRasterLayer(source, role, "gdal", options)
    return QgsVectorLayer(source, role, "ogr")
