"""Why a request to the engine has no result, and how its process ended, in sentences for people."""

from __future__ import annotations

import re

from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from .engine_supervisor import Cause, Death
from .translation import tr

_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")  # of the command line
_COMMAND = re.compile(r"`sarclip ([a-z ]+)`")
_FIRST_WORD = re.compile(r"[a-z]+[ ,;:]")  # no file, no option, no name

# What leads up to a sentence of the engine, which is English, by the name of its error, where QGIS speaks another
# language; people read what is wrong before they come to the detail and the remedy.
_NOT_AS_ASKED = QT_TRANSLATE_NOOP("Sarclip", "This cannot be done as asked: {}")
_NO_STORE = QT_TRANSLATE_NOOP("Sarclip", "The embedding cannot be kept or used: {}")
_NO_RESULT = QT_TRANSLATE_NOOP("Sarclip", "The result cannot be written: {}")
_SAID = QT_TRANSLATE_NOOP("Sarclip", "The engine says: {}")
_LEADS = {
    "InputError": _NOT_AS_ASKED,
    "BandError": _NOT_AS_ASKED,
    "ModelNotFoundError": _NOT_AS_ASKED,
    "SceneError": QT_TRANSLATE_NOOP("Sarclip", "The scene cannot be read: {}"),
    "CheckpointError": QT_TRANSLATE_NOOP("Sarclip", "The model cannot be loaded: {}"),
    "StoreError": _NO_STORE,
    "StoreMismatchError": _NO_STORE,
    "StoreBusyError": QT_TRANSLATE_NOOP("Sarclip", "Another program is encoding this scene: {}"),
    "OutputError": _NO_RESULT,
    "OutputExistsError": _NO_RESULT,
}


class EngineError(Exception):
    """A request that has no result; the message is a sentence for people.

    Attributes:
        kind: Name of the engine's error (InputError, OutputExistsError, …), or of a class of this module.
        code: Of JSON-RPC, 0 when the engine did not answer.
        retryable: Whether the same request may well succeed when it is made again.
    """

    retryable = False

    def __init__(self, message: str, kind: str = "", code: int = 0) -> None:
        super().__init__(message)
        self.kind, self.code = kind or type(self).__name__, code


class EngineCancelled(EngineError):
    """The request was cancelled; what was done is kept."""


class EngineDied(EngineError):
    """The engine ended before it answered."""

    retryable = True


class EngineTimeout(EngineError):
    """The engine did not answer within the time the caller gave it."""

    retryable = True


class EngineStopped(EngineError):
    """The engine is not running, or was stopped."""


def for_people(sentence: str, kind: str = "") -> str:
    """Return a sentence of the engine as QGIS shows it.

    Args:
        sentence: In English, as on the engine's command line.
        kind: Name of the engine's error; empty where it is none.
    """
    shown = in_terms_of_qgis(sentence)
    lead = _LEADS.get(kind, _SAID)
    translated = tr(lead)
    if translated != lead:
        return translated.format(shown)
    return shown[0].upper() + shown[1:] if _FIRST_WORD.match(shown) else shown


def in_terms_of_qgis(sentence: str) -> str:
    """Return a sentence of the engine with what QGIS calls the options of its command line.

    The engine's sentences are written for its command line and name the remedy by its option; in QGIS the remedy
    is a field of the panel or of an algorithm.
    """
    fields = _fields()
    named = _OPTION.sub(lambda found: fields.get(found[1], found[1].replace("-", " ")), sentence)
    return _COMMAND.sub(lambda found: tr("“sarclip {}” on a command line").format(found[1]), named)


def _fields() -> dict[str, str]:
    """What QGIS calls an option of the command line."""
    return {
        "tile": tr("“Tile size” in pixels"),
        "tile-m": tr("“Tile size” in meters"),
        "bbox": tr("“Area”"),
        "aoi": tr("“Area”"),
        "band": tr("“Band”"),
        "scale": tr("“Scale”"),
        "model": tr("“Model”"),
        "background": tr("“Background”"),
        "threshold": tr("“Threshold”"),
        "cache": tr("“Folder of embeddings” in Set Up Engine…"),
        "overwrite": tr("“Replace” in the file dialog"),
        "family": tr("the option --family of “sarclip models add”"),  # models are added on a command line only
        "architecture": tr("the option --architecture of “sarclip models add”"),
    }


def death_sentence(death: Death, again: bool) -> str:
    """How the engine ended, for people."""
    cause = death.cause
    if cause is Cause.MISSING:
        text = tr("The engine's Python cannot be started ({detail}); set up the engine again.")
    elif cause is Cause.OTHER_PROTOCOL:
        text = tr("The engine does not fit this version of the plugin; press Repair in Set Up Engine….")
    elif cause is Cause.NOT_STARTED:
        text = tr("The engine could not start: {detail}.")
    elif cause is Cause.SLOW_START:
        text = tr("The engine did not start within {detail} seconds.")
    elif cause is Cause.SILENT:
        text = tr("The engine did not answer for {detail} seconds and was ended.")
    elif death.exit_status == -9:
        text = tr("The engine was ended by the system, which happens when memory runs out.")
    else:
        text = tr("The engine stopped unexpectedly.")
    text = text.format(detail=death.detail.rstrip("."))
    return text + " " + tr("It is started again.") if again else text
