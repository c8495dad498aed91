"""How results look in QGIS: styles for the layers of the GeoPackage and for the heatmap.

The styles are QGIS's own XML (QML), in the part of it that QGIS 3.22 and 3.40 read alike, built as a tree so
that no prompt can break it. Opacity shows how sure a label is; colours are those of `colors`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree  # nosec B405 - writes only
from xml.etree.ElementTree import Element, SubElement  # nosec B405 - writes only

from engine.tasks.colors import HEAT_RAMP, colors_of, rgb

LEAST_TILE_OPACITY, MOST_TILE_OPACITY = 20, 60  # percent; the scene stays readable under the surest label

_QGIS_VERSION = "3.22.0"
_EXPRESSION = "3"  # QgsProperty::ExpressionBasedProperty
_LABELS_BELOW_SCALE = 50_000  # 1:50,000, where a ship of 200 m is 4 mm long on the screen
_RING_MM = 4.0
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHAPES = ("circle", "diamond", "square", "triangle", "pentagon", "star")


@dataclass(frozen=True)
class LayerStyle:
    """A style as QGIS stores it beside a layer."""

    name: str  # shown in QGIS's list of styles
    qml: str  # QGIS's XML
    description: str = ""


def result_styles(
    labels: Sequence[str], counted: Sequence[str], aliases: Mapping[str, str] | None = None
) -> dict[str, LayerStyle]:
    """Return the styles of a GeoPackage of results, by layer name.

    Args:
        labels: Prompts that the tiles are labelled with, in the order of the legend.
        counted: Prompts whose objects are points; one that is also a label keeps its colour.
        aliases: Full name by column name, shown in place of the column's.
    """
    colors = colors_of(labels, counted)
    return {
        "tiles": tile_style({label: colors[label] for label in labels}, aliases),
        "objects": object_style({prompt: colors[prompt] for prompt in counted}, aliases),
    }


def tile_style(
    colors: Mapping[str, str],
    aliases: Mapping[str, str] | None = None,
    score_range: tuple[float, float] = (0.0, 1.0),
) -> LayerStyle:
    """Return the style of labelled tiles: one colour per label, the more opaque the higher the score.

    Args:
        colors: "#rrggbb" by label, in the order of the legend.
        aliases: Full name by column name.
        score_range: Scores drawn with the least and the most opacity.
    """
    root = _layer_root()
    low, high = score_range
    opacity = f'coalesce(scale_linear("score", {low}, {high}, {LEAST_TILE_OPACITY}, {MOST_TILE_OPACITY}), 40)'
    symbols = _categories(root, "label", list(colors))
    for name, color in enumerate(colors.values()):
        symbol = _symbol(symbols, str(name), "fill")
        _symbol_layer(symbol, "SimpleFill", {"color": _rgba(color), "style": "solid", "outline_style": "no"})
        _data_defined(symbol, "alpha", opacity)
    _aliases(root, aliases or {})
    return LayerStyle("labels", _text(root), description="Colour: the label. Opacity: its score.")


def object_style(colors: Mapping[str, str], aliases: Mapping[str, str] | None = None) -> LayerStyle:
    """Return the style of counted objects: rings with a white halo, named when zoomed in.

    A ring leaves the object itself to be seen; shapes take turns, for eyes that do not part the colours.

    Args:
        colors: "#rrggbb" by prompt, in the order of the legend.
        aliases: Full name by column name.
    """
    root = _layer_root()
    root.set("labelsEnabled", "1")
    symbols = _categories(root, "prompt", list(colors))
    for name, color in enumerate(colors.values()):
        symbol = _symbol(symbols, str(name), "marker")
        for outline, width_mm in (("255,255,255,255", 1.2), (_rgba(color), 0.6)):
            ring = {
                "name": _SHAPES[name % len(_SHAPES)], "size": str(_RING_MM), "size_unit": "MM",
                "color": "0,0,0,0", "outline_color": outline, "outline_style": "solid",
                "outline_width": str(width_mm), "outline_width_unit": "MM", "joinstyle": "round",
            }  # fmt: skip
            _symbol_layer(symbol, "SimpleMarker", ring)
    _labels_when_near(root, "prompt")
    _aliases(root, aliases or {})
    return LayerStyle("objects", _text(root), description="One ring per counted object.")


def heatmap_style(low: float, high: float, band: int = 1) -> str:
    """Return the QML of a heatmap: clear at `low` and below, then warmer and denser up to `high`.

    Args:
        low: Value from which the heatmap shows.
        high: Value of the brightest colour.
        band: Band that is shown, from 1.
    """
    root = Element("qgis", version=_QGIS_VERSION)
    renderer = SubElement(
        SubElement(root, "pipe"), "rasterrenderer", type="singlebandpseudocolor", band=str(band), opacity="1",
        alphaBand="-1", classificationMin=repr(float(low)), classificationMax=repr(float(high)),
    )  # fmt: skip
    shader = SubElement(
        SubElement(renderer, "rastershader"), "colorrampshader", colorRampType="INTERPOLATED",
        classificationMode="1", clip="0", minimumValue=repr(float(low)), maximumValue=repr(float(high)),
    )  # fmt: skip
    steps = len(HEAT_RAMP) - 1
    for step, color in enumerate(HEAT_RAMP):
        value = low + (high - low) * step / steps
        alpha = min(255, round(255 * 1.5 * step / steps))  # the scene shows through the cooler third
        SubElement(
            shader, "item", value=repr(float(value)), color=color, alpha=str(alpha), label=f"{value:.2f}"
        )
    return _text(root)


def sidecar_of(raster: Path) -> Path:
    """Where QGIS looks for the style of a raster: beside it, ending in `.qml`."""
    return raster.with_suffix(".qml")


def _layer_root() -> Element:
    categories = "Symbology|Labeling|Fields"  # nothing else of the analyst's layer is touched
    return Element("qgis", version=_QGIS_VERSION, styleCategories=categories)


def _text(root: Element) -> str:
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode")


def _categories(root: Element, field: str, values: Sequence[str]) -> Element:
    """Add a renderer with one category per value, in order, and return the element of its symbols."""
    renderer = SubElement(root, "renderer-v2", type="categorizedSymbol", attr=field, symbollevels="0")
    categories = SubElement(renderer, "categories")
    for index, value in enumerate(values):
        text = _clean(value)
        SubElement(
            categories, "category", symbol=str(index), value=text, label=text, type="string", render="true"
        )
    return SubElement(renderer, "symbols")


def _symbol(parent: Element, name: str, kind: str) -> Element:
    return SubElement(parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")


def _symbol_layer(symbol: Element, kind: str, properties: Mapping[str, str]) -> None:
    attributes = {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}  # nosec B105 - QGIS's own name
    layer = SubElement(symbol, "layer", attributes)
    options = SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        _option(options, key, value)


def _data_defined(parent: Element, key: str, expression: str) -> None:
    """Let an expression over the feature's fields set one property of a symbol."""
    options = SubElement(SubElement(parent, "data_defined_properties"), "Option", type="Map")
    _option(options, "name", "")
    definition = SubElement(SubElement(options, "Option", name="properties", type="Map"), "Option")
    definition.attrib.update(name=key, type="Map")
    _option(definition, "active", "true", kind="bool")
    _option(definition, "expression", expression)
    _option(definition, "type", _EXPRESSION, kind="int")
    _option(options, "type", "collection")


def _option(parent: Element, name: str, value: str, kind: str = "QString") -> None:
    SubElement(parent, "Option", name=name, value=value, type=kind)


def _labels_when_near(root: Element, field: str) -> None:
    settings = SubElement(SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    style = SubElement(
        settings, "text-style", fieldName=field, fontSize="8", fontSizeUnit="Point", textColor="20,20,20,255",
        textOpacity="1", isExpression="0",
    )  # fmt: skip
    SubElement(
        style, "text-buffer", bufferDraw="1", bufferSize="0.9", bufferSizeUnits="MM",
        bufferColor="255,255,255,255", bufferOpacity="0.85",
    )  # fmt: skip
    SubElement(settings, "placement", placement="0", dist="3", distUnits="MM")
    # QGIS writes the largest denominator as scaleMax and calls it the minimum scale.
    SubElement(
        settings, "rendering", drawLabels="1", scaleVisibility="1", scaleMin="0",
        scaleMax=str(_LABELS_BELOW_SCALE),
    )  # fmt: skip


def _aliases(root: Element, aliases: Mapping[str, str]) -> None:
    parent = SubElement(root, "aliases")
    for field, name in aliases.items():
        SubElement(parent, "alias", field=_clean(field), name=_clean(name))


def _rgba(color: str, alpha: int = 255) -> str:
    return ",".join(str(part) for part in (*rgb(color), alpha))


def _clean(text: str) -> str:
    """Return the text without the characters that XML 1.0 cannot hold, not even escaped."""
    return _NOT_XML.sub("", text)
