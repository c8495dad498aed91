"""`sarclip:countobjects`."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterNumber,
    QgsProcessingParameterVectorDestination,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..compat import TYPE_POINT
from ..translation import tr
from .scene import SceneAlgorithm, VectorDresser


class CountObjects(SceneAlgorithm):
    """Count what one can point at."""

    ID = "countobjects"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Count objects")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip",
        "Counts objects in a radar scene, one point each, with a range that says how sure the model is of what it "
        "sees; objects it cannot see, such as ships at a quay, are not in it. "
        "Encodes the scene first where that was not done."
    )
    THRESHOLD, DISTANCE = "THRESHOLD", "MIN_DISTANCE"
    COUNT, LOW, HIGH, COUNTS = "COUNT", "COUNT_LOW", "COUNT_HIGH", "COUNTS"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        number = QgsProcessingParameterNumber
        self.add_scene()
        self.add_prompts()
        self.add(
            number(self.THRESHOLD, tr("Threshold"), number.Double, 0.5, minValue=0, maxValue=1),
            tr("Probability from which an object counts, from 0 to 1."),
        )
        self.add(
            number(self.DISTANCE, tr("Least distance in meters"), number.Double, None, optional=True, minValue=0),
            tr("Two objects of one prompt that are nearer than this are one; empty for nine pixels."), advanced=True,
        )  # fmt: skip
        self.add_reading()
        self.add(
            QgsProcessingParameterVectorDestination(self.OUTPUT, tr("Objects"), TYPE_POINT),
            tr(
                "A GeoPackage of points; the tiles they lie in, a summary and the run are inside, too. "
                "A file that is there already is replaced."
            ),
        )
        self.addOutput(QgsProcessingOutputNumber(self.COUNT, tr("Number of objects, all prompts together")))
        self.addOutput(QgsProcessingOutputNumber(self.LOW, tr("Lower end of the range")))
        self.addOutput(QgsProcessingOutputNumber(self.HIGH, tr("Upper end of the range")))
        self.addOutput(QgsProcessingOutputString(self.COUNTS, tr("Count and range per prompt, as JSON")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Count."""
        wishes: dict[str, Any] = {"threshold": self.parameterAsDouble(parameters, self.THRESHOLD, context)}
        if parameters.get(self.DISTANCE) is not None:
            wishes["min_distance_m"] = self.parameterAsDouble(parameters, self.DISTANCE, context)
        out, prompts, result, facts = self.ask("count", parameters, context, feedback, **wishes)
        counts = result["counts"]
        for prompt, found in counts.items():
            feedback.pushInfo(tr("{}: {count} (between {low} and {high})").format(prompt, **found))
        facts["threshold"] = f"{wishes['threshold']:.2f}"
        objects = self.load_objects(out, context)
        self.dress_on_completion(objects, context, VectorDresser(tr("Objects"), facts, prompts, "prompt"))
        totals = {
            output: sum(found[key] for found in counts.values())
            for output, key in ((self.COUNT, "count"), (self.LOW, "low"), (self.HIGH, "high"))
        }
        return {self.OUTPUT: objects, self.COUNTS: json.dumps(counts, ensure_ascii=False), **totals}

    def load_objects(self, out: str, context: QgsProcessingContext) -> str:
        """Let QGIS load the layer of objects; the file's first layer are the tiles."""
        objects = f"{out}|layername=objects"
        waiting = context.layersToLoadOnCompletion()
        if out in waiting:
            waiting[objects] = waiting.pop(out)
            context.setLayersToLoadOnCompletion(waiting)
        return objects
