"""What the plugin remembers between sessions, in QGIS's own settings of the user's profile."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsSettings

GROUP = "sarclip"


def _text(key: str, default: str = "") -> property:
    """A setting that is a line of text."""

    def read(_self: Settings) -> str:
        return str(QgsSettings().value(f"{GROUP}/{key}", default) or default)

    def write(_self: Settings, value: str) -> None:
        QgsSettings().setValue(f"{GROUP}/{key}", value)

    return property(read, write, doc=f"QSettings key {GROUP}/{key}")


class Settings:
    """Typed access to every key the plugin stores; cheap to make, usable from any thread."""

    interpreter = _text("engine/interpreter")  # of an environment of the user's own; empty: ours
    base_python = _text("engine/base_python")  # what our environment was, or is to be, made with
    compute = _text("engine/compute", "auto")  # a value of engine_setup.Compute
    wheel_folder = _text("engine/wheel_folder")  # install from here, without network
    cache_folder = _text("engine/cache_folder")  # of embeddings; empty: the engine's own choice
    model = _text("scene/model")  # empty: the engine's default

    def value(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever Qt stores
        """A setting of one widget (geometry, last folder), under `sarclip/`."""
        return QgsSettings().value(f"{GROUP}/{key}", default)

    def set_value(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Store a setting of one widget, under `sarclip/`."""
        QgsSettings().setValue(f"{GROUP}/{key}", value)

    @staticmethod
    def clear() -> None:
        """Forget everything."""
        QgsSettings().remove(GROUP)
