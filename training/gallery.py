"""The best and the worst of a model on real pictures: `python -m training.gallery --data ../shared/data -o DIR`.

Writes `pictures.png`, with the imagery, to be looked at where the data is, and `plan.png`, which shows
boxes, points and heatmaps alone and may be shown anywhere.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from engine.model.sarclip import SarClip, load_model
from engine.raster import array_scene
from engine.scan import encode
from engine.tasks.counting import count
from engine.tasks.heatmap import heatmap
from training.concepts import KIND
from training.evaluation.points import judge_points
from training.sources.picture import Picture
from training.sources.real import hrsid, ssdd
from training.splits import validation_part

COLUMNS = 4
LOOKED_AT = 90  # pictures of each set that the best and the worst are chosen from


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture and what the model made of it."""

    picture: Picture
    xy: NDArray[np.float32]  # (n, 2)
    right: NDArray[np.bool_]  # (n,)
    objects: int
    heat: NDArray[np.float32]  # (h, w), 8 px a cell

    @property
    def wrong(self) -> int:
        """Points that hit nothing, and objects that were missed."""
        return int((~self.right).sum() + self.objects - self.right.sum())


def look(model: SarClip, picture: Picture, prompt: str, cache: Path) -> Shown:
    """Ask for a prompt in one picture, as the product does."""
    embedding = encode(array_scene(picture.pixels, nodata=0, name=picture.name), model, cache=cache)
    found = count(embedding, [prompt])[0]
    judged = judge_points(found.xy, found.scores, picture)
    return Shown(picture, found.xy, judged.right, judged.objects, heatmap(embedding, [prompt]).scores[0])


def choose(shown: Sequence[Shown], number: int) -> tuple[list[Shown], list[Shown]]:
    """The best and the worst of pictures with objects: by what is wrong, among the best those with most objects."""
    ordered = sorted((item for item in shown if item.objects), key=lambda item: (item.wrong, -item.objects))
    return ordered[:number], ordered[::-1][:number]


def draw(shown: Sequence[Shown], titles: Sequence[str], path: Path, *, pixels: bool) -> None:
    """One panel a picture: boxes green, right points green, wrong ones red, the heatmap beneath."""
    rows = -(-len(shown) // COLUMNS)
    figure = Figure(figsize=(3.2 * COLUMNS, 3.3 * rows), dpi=90, layout="constrained")
    for axes in figure.subplots(rows, COLUMNS, squeeze=False).flat:
        axes.set_axis_off()
    for axes, item, title in zip(figure.axes, shown, titles, strict=False):
        _panel(axes, item, title, pixels=pixels)
    figure.savefig(path)


def _panel(axes: Axes, item: Shown, title: str, *, pixels: bool) -> None:
    height, width = item.picture.pixels.shape
    if pixels:
        axes.imshow(item.picture.pixels, cmap="gray", vmin=0, vmax=255)
    extent = (0, item.heat.shape[1] * 8, item.heat.shape[0] * 8, 0)
    heat = np.ma.masked_less(np.nan_to_num(item.heat), 0.2)
    axes.imshow(heat, cmap=mpl.colormaps["magma_r"], vmin=0, vmax=1, alpha=0.45, extent=extent)
    for x, y, length, wide, angle, _ in item.picture.objects[item.picture.objects[:, 5] == KIND["ship"]]:
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        signs = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1], [1, 1]])
        ring = np.array([x, y]) + signs[:, :1] * along * length / 2 + signs[:, 1:] * across * wide / 2
        axes.plot(*ring.T, color="tab:green", linewidth=1)
    for right, colour in ((True, "tab:green"), (False, "tab:red")):
        at = item.xy[item.right == right]
        axes.plot(*at.T, "x", color=colour, markersize=5)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_title(f"{title}: {item.picture.name}\n{item.objects} ships, {len(item.xy)} found", fontsize=8)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="a model's name or file; the bundled one where left out")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--prompt", default="ship")
    args = parser.parse_args()
    model = load_model(args.model)
    found = validation_part({"ssdd": list(ssdd(args.data)), "hrsid": list(hrsid(args.data))})
    best: list[Shown] = []
    worst: list[Shown] = []
    with tempfile.TemporaryDirectory() as cache:
        for pictures in found.values():
            step = max(1, len(pictures) // LOOKED_AT)
            shown = [look(model, picture, args.prompt, Path(cache)) for picture in pictures[::step]]
            good, bad = choose(shown, 6)
            best += good
            worst += bad
    titles = ["good"] * len(best) + ["bad"] * len(worst)
    args.out.mkdir(parents=True, exist_ok=True)
    draw([*best, *worst], titles, args.out / "pictures.png", pixels=True)
    draw([*best, *worst], titles, args.out / "plan.png", pixels=False)


if __name__ == "__main__":
    main()
