"""How tiles and objects look: the colour is the label, the opacity the score, nothing below the threshold."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRendererCategory,
    QgsSymbol,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

from ..compat import LABEL_SHOW, SYMBOL_OPACITY

# Okabe and Ito, "Color Universal Design" (2008), without black: on a radar scene black reads as shadow.
PALETTE = ("#0072b2", "#d55e00", "#cc79a7", "#009e73", "#f0e442", "#56b4e9", "#e69f00")
_SHAPES = ("circle", "diamond", "square", "triangle", "pentagon", "star")
_LEAST_OPACITY, _MOST_OPACITY = 20, 60  # percent, of tiles: the scene stays readable under the surest label
_LABELS_BELOW_SCALE = 50_000
_RING_MM = 4.0


def palette_color(index: int) -> QColor:
    """Return the colour of the prompt at an index; beyond the palette hues are spread by the golden angle."""
    if index < len(PALETTE):
        return QColor(PALETTE[index])
    return QColor.fromHsv(int(index * 137.508) % 360, 190, 210)


def dress_tiles(layer: QgsVectorLayer, colors: Mapping[str, QColor], threshold: float) -> None:
    """Give labelled tiles their look.

    Args:
        layer: With the fields `label` and `score`.
        colors: By label, in the order of the legend.
        threshold: Score below which a tile is not drawn.
    """
    layer.setRenderer(_categories("label", {label: _tile_symbol(color, threshold) for label, color in colors.items()}))
    layer.triggerRepaint()


def dress_objects(layer: QgsVectorLayer, colors: Mapping[str, QColor], threshold: float) -> None:
    """Give counted objects their look: rings with a white halo, named when zoomed in.

    A ring leaves the object itself to be seen; shapes take turns, for eyes that do not part the colours.

    Args:
        layer: With the fields `prompt` and `score`.
        colors: By prompt, in the order of the legend.
        threshold: Score below which an object is not drawn.
    """
    symbols = {
        prompt: _ring(color, _SHAPES[index % len(_SHAPES)], threshold)
        for index, (prompt, color) in enumerate(colors.items())
    }
    layer.setRenderer(_categories("prompt", symbols))
    layer.setLabeling(_labels_when_near(threshold))
    layer.setLabelsEnabled(True)
    layer.triggerRepaint()


def _categories(field: str, symbols: Mapping[str, QgsSymbol]) -> QgsCategorizedSymbolRenderer:
    return QgsCategorizedSymbolRenderer(
        field, [QgsRendererCategory(name, symbol, name) for name, symbol in symbols.items()]
    )


def _tile_symbol(color: QColor, threshold: float) -> QgsFillSymbol:
    symbol = QgsFillSymbol.createSimple({"color": color.name(), "outline_style": "no"})
    spread = f'scale_linear("score", 0, 1, {_LEAST_OPACITY}, {_MOST_OPACITY})'
    expression = f'if("score" < {threshold:.4f}, 0, coalesce({spread}, 40))'
    symbol.setDataDefinedProperty(SYMBOL_OPACITY, QgsProperty.fromExpression(expression))
    return symbol


def _ring(color: QColor, shape: str, threshold: float) -> QgsMarkerSymbol:
    look = {"name": shape, "size": str(_RING_MM), "color": "0,0,0,0", "joinstyle": "round"}
    symbol = QgsMarkerSymbol.createSimple({**look, "outline_color": "white", "outline_width": "1.2"})
    ring = QgsMarkerSymbol.createSimple({**look, "outline_color": color.name(), "outline_width": "0.6"})
    symbol.appendSymbolLayer(ring.symbolLayer(0).clone())
    expression = f'if("score" < {threshold:.4f}, 0, 100)'
    symbol.setDataDefinedProperty(SYMBOL_OPACITY, QgsProperty.fromExpression(expression))
    return symbol


def _labels_when_near(threshold: float) -> QgsVectorLayerSimpleLabeling:
    settings = QgsPalLayerSettings()
    settings.fieldName = "prompt"
    settings.scaleVisibility = True
    settings.minimumScale = _LABELS_BELOW_SCALE
    settings.dist = 3
    text = QgsTextFormat()
    text.setSize(8)
    text.setColor(QColor(20, 20, 20))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.9)
    halo.setOpacity(0.85)
    text.setBuffer(halo)
    settings.setFormat(text)
    shown = settings.dataDefinedProperties()
    shown.setProperty(LABEL_SHOW, QgsProperty.fromExpression(f'"score" >= {threshold:.4f}'))
    settings.setDataDefinedProperties(shown)
    return QgsVectorLayerSimpleLabeling(settings)
