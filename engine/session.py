"""One command's work: open, encode or reuse, ask, write, say what was found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from engine import answers
from engine.api import SceneEmbedding, encode, load_model, open_scene
from engine.cancelling import heed
from engine.console import Console, Interrupt
from engine.errors import InputError, OutputExistsError
from engine.model.sarclip import SarClip
from engine.raster import Scene
from engine.scan import Extent
from engine.scan.extent import aoi_extent, bbox_extent
from engine.tasks.prompts import check_prompts
from engine.tasks.results import check_package, check_raster


class Session:
    """A scene and the settings it is to be asked with."""

    def __init__(
        self,
        scene: str,
        console: Console,
        *,
        model: str | None = None,
        family: str | None = None,
        architecture: str | None = None,
        device: str | None = None,
        band: str | None = None,
        scale: str = "auto",
        bbox: tuple[float, float, float, float] | None = None,
        bbox_crs: str | None = None,
        aoi: Path | None = None,
        tile_px: int | None = None,
        tile_m: float | None = None,
        careful: bool | None = None,
        cache: Path | None = None,
    ) -> None:
        if bbox and aoi:
            raise InputError("--bbox and --aoi are both given: give one")
        with _naming("--tile, --tile-m", InputError):
            answers.check_tile_size(tile_px, tile_m)
        self.console = console
        self.scene: Scene = open_scene(scene, band)
        self._model = {
            "name_or_file": model,
            "family": family,
            "architecture": architecture,
            "device": device,
        }
        self._scale, self._careful, self._cache = scale, careful, cache
        self._bbox, self._bbox_crs, self._aoi = bbox, bbox_crs, aoi
        self._tile_px, self._tile_m = tile_px, tile_m

    @cached_property
    def model(self) -> SarClip:
        """The model, loaded when it is first needed."""
        return load_model(**self._model)  # type: ignore[arg-type]

    def embedding(self) -> SceneEmbedding:
        """The scene, encoded as far as the session's extent goes."""
        for note in self.scene.notes:
            self.console.note(f"note: {note}")
        with (
            Interrupt() as cancel,
            self.console.progress(f"encoding {Path(self.scene.path).name}") as progress,
        ):
            model, tile_px, extent = self.model, self._tile_size_px(), self._extent()
            heed(cancel)
            found = encode(
                self.scene,
                model,
                scale=self._scale,
                tile_px=tile_px,
                extent=extent,
                careful=self._careful,
                cache=self._cache,
                progress=progress,
                cancel=cancel,
            )
            heed(cancel)  # who stops the last window, or finds all encoded, wants no answer either
        stretch = found.stretch
        limits = f"stretch {stretch.low:.2f} to {stretch.high:.2f} {stretch.unit}"
        self.console.note(f"scale {stretch.scale.value} ({stretch.reason}); {limits}")
        if not found.has_valid_pixels:
            self.console.note("note: no valid pixel here, so nothing is labelled, mapped or counted")
        elif not len(found.tiles.rows):
            self.console.note("note: no tile here is valid by half, so none is labelled")
        return found

    def label(self, prompts: Sequence[str], out: Path, background: Sequence[str], *, overwrite: bool) -> None:
        """Label tiles and write them."""
        self._check(check_package, prompts, background, out, overwrite=overwrite)
        answer = answers.label_and_count(
            self.embedding(), out, label=prompts, background=background, overwrite=overwrite
        )
        lines = [f"{number:7d} tiles  {prompt}" for prompt, number in answer.tiles.items()]
        self.console.result(
            "\n".join([*lines, f"written to {out}"]), {"out": str(out), "tiles": answer.tiles}
        )

    def heatmap(
        self, prompts: Sequence[str], out: Path, background: Sequence[str], *, overwrite: bool
    ) -> None:
        """Score cells and write them."""
        self._check(check_raster, prompts, background, out, overwrite=overwrite)
        result = answers.heatmap(self.embedding(), out, prompts, background, overwrite=overwrite)
        self.console.result(f"written to {out}", {"out": str(out), "bands": list(result.prompts)})

    def count(
        self,
        prompts: Sequence[str],
        out: Path,
        background: Sequence[str],
        *,
        threshold: float,
        min_distance_m: float | None,
        overwrite: bool,
    ) -> None:
        """Count objects and write them with the tiles they lie in."""
        self._check(check_package, prompts, background, out, overwrite=overwrite)
        answer = answers.label_and_count(
            self.embedding(),
            out,
            count=prompts,
            background=background,
            threshold=threshold,
            min_distance_m=min_distance_m,
            overwrite=overwrite,
        )
        lines = [
            f"{item.count:7d}  {item.prompt}  (between {item.low} and {item.high})" for item in answer.counts
        ]
        self.console.result(
            "\n".join([*lines, f"written to {out}"]), {"out": str(out), "counts": answer.figures}
        )

    def _check(
        self,
        check_output: Callable[..., None],
        prompts: Sequence[str],
        background: Sequence[str],
        out: Path,
        *,
        overwrite: bool,
    ) -> None:
        """Refuse what is wrong before the costly step, not after it."""
        with _naming("--overwrite", OutputExistsError):
            check_output(out, self.scene, overwrite=overwrite)
        self.model.encode_text(check_prompts(prompts))
        if background:
            self.model.encode_text(check_prompts(background))

    def _tile_size_px(self) -> int | None:
        with _naming("--tile", InputError):
            return answers.tile_size_px(self.scene, self.model.spec, self._tile_px, self._tile_m)

    def _extent(self) -> Extent | None:
        if self._bbox:
            try:
                return bbox_extent(self.scene, self._bbox, self._bbox_crs)
            except InputError as error:
                raise InputError(f"--bbox: {error}") from error
        return aoi_extent(self.scene, self._aoi) if self._aoi else None


@contextlib.contextmanager
def _naming(options: str, kind: type[InputError] | type[OutputExistsError]) -> Iterator[None]:
    """Name the options of the command line that an error is about; the engine's other doors have none."""
    try:
        yield
    except kind as error:
        raise kind(f"{error} ({options})") from error
