"""A scene at the engine: what the dock and the Processing algorithms share.

What is to be done is written once, as a *flow*: a generator that yields calls to the engine and receives their
results. `tasks` carries a flow on, waiting in a thread of Processing or never waiting in the main thread.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

from .translation import tr

SCALES = ("auto", "db", "power", "amplitude", "uint8")


TILE_STEP_PX = 8  # tiles are multiples of the dense map's cell


def pixels_of(tile_m: float, metres_per_px: float) -> int:
    """Return the side in pixels of a tile that has this side on the ground."""
    return max(TILE_STEP_PX, round(tile_m / metres_per_px / TILE_STEP_PX) * TILE_STEP_PX)


def scale_name(scale: str) -> str:
    """Return one of SCALES as people read it in a sentence."""
    names = {
        "auto": tr("Auto"), "db": tr("decibels"), "power": tr("power"), "amplitude": tr("amplitude"),
        "uint8": tr("8-bit"),
    }  # fmt: skip
    return names.get(scale, scale)


class Call(NamedTuple):
    """One request to the engine."""

    method: str
    params: dict[str, Any]


Flow = Generator[Call, "dict[str, Any]", "dict[str, Any]"]


@dataclass(frozen=True)
class SceneSettings:
    """What a scene is and how it is to be read; empty means: as the engine thinks best."""

    path: str
    band: str = ""  # polarisation or number
    scale: str = "auto"  # one of SCALES
    model: str = ""
    tile_px: int | None = None
    tile_m: float | None = None  # instead of tile_px
    careful: bool = False  # every part is read four times; else only what the engine reads so by itself
    extent: dict[str, Any] | None = None  # EXTENT of the protocol; None is the whole scene

    def open_params(self) -> dict[str, Any]:
        """Parameters of `open`."""
        return _given(path=self.path, band=self.band, scale="" if self.scale == "auto" else self.scale)

    def encode_params(self) -> dict[str, Any]:
        """Parameters of `encode`, without the scene."""
        return _given(
            model=self.model, tile_px=self.tile_px, tile_m=self.tile_m, careful=self.careful or None, extent=self.extent
        )


class SceneSession:
    """A scene that is opened once, encoded once and asked often.

    Attributes:
        scene: Result of `open`, None before.
        encoded: Result of `encode`, None before.
    """

    def __init__(self, settings: SceneSettings) -> None:
        self.settings = settings
        self.scene: dict[str, Any] | None = None
        self.encoded: dict[str, Any] | None = None

    def forget(self) -> None:
        """Open and encode anew with the next question: the engine that knew this scene is gone.

        The engine keeps embeddings on disk, so this costs no second reading of the scene.
        """
        self.scene = self.encoded = None

    def open(self) -> Flow:
        """Look at the scene."""
        if self.scene is None:
            self.scene = yield Call("open", self.settings.open_params())
        return self.scene

    def chips(self, folder: str, count: int = 4) -> Flow:
        """Let the engine draw some tiles as the model sees them."""
        scene = yield from self.open()
        wishes = _given(tile_px=self._tile_px(scene), model=self.settings.model)
        return (yield Call("chips", {"scene": scene["scene"], "out_dir": folder, "count": count, **wishes}))

    def _tile_px(self, scene: dict[str, Any]) -> int | None:
        """Return the side of a tile as far as it is known before the encoding, for which metres may be given, too."""
        tile_px, tile_m, gsd_m = self.settings.tile_px, self.settings.tile_m, scene.get("gsd_m")
        return pixels_of(tile_m, sum(gsd_m) / 2) if tile_m and gsd_m else tile_px

    def encode(self) -> Flow:
        """Encode the scene, or find that it is."""
        if self.encoded is None:
            scene = yield from self.open()
            self.encoded = yield Call("encode", {"scene": scene["scene"], **self.settings.encode_params()})
        return self.encoded

    def ask(self, method: str, **params: Any) -> Flow:  # noqa: ANN401 - parameters of the protocol
        """Ask the encoded scene: `label`, `heatmap`, `count`, `save`, `similar` or `teach`."""
        encoded = yield from self.encode()
        return (yield Call(method, {"embedding": encoded["embedding"], **params}))


def single(method: str, params: dict[str, Any]) -> Flow:
    """One call that is about no scene: `hello`, `models`, `vocabulary` or `check`."""
    return (yield Call(method, params))


def _given(**params: Any) -> dict[str, Any]:  # noqa: ANN401 - parameters of the protocol
    """Only the parameters that say something."""
    return {name: value for name, value in params.items() if value not in (None, "")}
