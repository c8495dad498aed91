"""How a heatmap looks: clear below the threshold, then warmer and denser, with a legend in words."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampLegendNodeSettings,
    QgsColorRampShader,
    QgsRasterDataProvider,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt.QtGui import QColor

from ..translation import tr

# Stops of matplotlib's "inferno" above its darkest quarter, which on a radar scene would read as shadow.
INFERNO = ("#57106e", "#781c6d", "#a52c60", "#cf4446", "#ed6925", "#fb9b06", "#f7d13d", "#fcffa4")
_LEAST_ALPHA, _MOST_ALPHA = 110, 205  # the scene shows through
_JUST_BELOW = 1e-4  # of a score: where the map turns from clear to coloured


def heat_colors(color: QColor | None = None) -> list[QColor]:
    """Return the stops from weak to strong: inferno, or one hue that grows lighter, even in lightness.

    Args:
        color: Of the prompt, where several are on the map and have to be told apart.
    """
    stops = [QColor(stop) for stop in INFERNO] if color is None else [color.darker(140), color, color.lighter(150)]
    last = len(stops) - 1
    for index, stop in enumerate(stops):
        stop.setAlpha(round(_LEAST_ALPHA + (_MOST_ALPHA - _LEAST_ALPHA) * index / last))
    return stops


def heat_renderer(
    provider: QgsRasterDataProvider, band: int, threshold: float, top: float, color: QColor | None = None
) -> QgsSingleBandPseudoColorRenderer:
    """Return the renderer of one band of a heatmap.

    Args:
        provider: Of the layer.
        band: From 1.
        threshold: Score below which nothing is drawn.
        top: Score of the strongest colour.
        color: As for `heat_colors`.
    """
    top = max(top, threshold + 0.02)
    stops = heat_colors(color)
    clear = QColor(stops[0])
    clear.setAlpha(0)
    items = [QgsColorRampShader.ColorRampItem(threshold - _JUST_BELOW, clear, "")]
    for index, stop in enumerate(stops):
        value = threshold + (top - threshold) * index / (len(stops) - 1)
        items.append(QgsColorRampShader.ColorRampItem(value, stop, f"{value:.2f}"))
    ramp = QgsColorRampShader(threshold, top)
    ramp.setColorRampType(QgsColorRampShader.Interpolated)
    ramp.setColorRampItemList(items)
    ramp.setLegendSettings(_legend(threshold, top))
    shader = QgsRasterShader(threshold, top)
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(provider, band, shader)
    renderer.setClassificationMin(threshold)
    renderer.setClassificationMax(top)
    return renderer


def dress_heatmap(layer: QgsRasterLayer, band: int, threshold: float, top: float, color: QColor | None = None) -> None:
    """Give a heatmap layer its look; the map follows."""
    layer.setRenderer(heat_renderer(layer.dataProvider(), band, threshold, top, color))
    layer.triggerRepaint()


def _legend(threshold: float, top: float) -> QgsColorRampLegendNodeSettings:
    settings = QgsColorRampLegendNodeSettings()
    settings.setMinimumLabel(tr("Possible ({:.2f})").format(threshold))
    settings.setMaximumLabel(tr("Surest ({:.2f} and more)").format(top))
    return settings
