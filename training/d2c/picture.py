"""What a training picture knows of itself, as an annotation.

Apart from `annotation`, which knows no pictures: the readers of real data sets make pictures out of annotations.
"""

from __future__ import annotations

from collections.abc import Iterable

from training.concepts import KINDS
from training.d2c.annotation import AnnotatedImage, rotated_box
from training.sources.picture import Picture


def from_picture(
    picture: Picture,
    complete: Iterable[str] = (),
    *,
    scene_words: Iterable[str] = (),
    gsd_m: float | None = None,
    sensor: str | None = None,
    band: str | None = None,
    polarization: str | None = None,
) -> AnnotatedImage:
    """The knowledge in a training picture.

    Args:
        picture: Its kinds become the ground, its objects rotated boxes.
        complete: Object kinds that its annotators left none of out; a picture does not know.
        scene_words: See `AnnotatedImage`, as for all that follow.
        gsd_m: Metres a pixel.
        sensor: Name of the sensor.
        band: Letter of the band.
        polarization: Two letters.
    """
    height, width = picture.kinds.shape
    return AnnotatedImage(
        name=picture.name,
        width=width,
        height=height,
        objects=tuple(rotated_box(KINDS[int(row[5])], *row[:5].tolist()) for row in picture.objects),
        ground=picture.kinds,
        complete=frozenset(complete),
        scene_words=tuple(scene_words),
        gsd_m=gsd_m,
        sensor=sensor,
        band=band,
        polarization=polarization,
    )
