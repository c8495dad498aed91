"""What label files say, picture by picture: the one form in which all formats of objects are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.d2c.annotation import AnnotatedImage, AnnotatedObject
from training.d2c.readers.options import Options, picture_of, picture_size


@dataclass(frozen=True, eq=False)
class Labels:
    """What is said of one picture, in the words of its file.

    Attributes:
        name: Of the picture without suffix: what the label file is called, or what stands in it.
        objects: Their kinds are the class names as the file spells them.
        doubtful: Class names of which some objects are difficult, to be ignored or in a crowd, so that none counts
            as annotated without exception.
        size: Width and height in pixels, where the file says it.
        gsd_m: Metres a pixel, where the file says it.
    """

    name: str
    objects: tuple[AnnotatedObject, ...] = ()
    doubtful: frozenset[str] = frozenset()
    size: tuple[int, int] | None = None
    gsd_m: float | None = None

    @property
    def classes(self) -> frozenset[str]:
        """Class names that occur."""
        return self.doubtful | {item.kind for item in self.objects}


def annotated(
    found: Iterable[Labels], folder: Path, classes: Iterable[str] | None, options: Options
) -> Iterator[AnnotatedImage]:
    """Images of a detection set, in the kinds known here and complete in all its classes but those in doubt.

    Args:
        found: Of each image.
        folder: Of the labels, beside which pictures are looked for where only they tell their size.
        classes: Class names of the data set; None for all that occur, for which everything is read first.
        options: Their `complete` goes before `classes`.

    Raises:
        ReadError: A picture is not there that has to tell its size.
    """
    if options.complete is None and classes is None:
        found = list(found)
        classes = {name for labels in found for name in labels.classes}
    complete = options.complete if options.complete is not None else {options.kind(name) for name in classes or ()}
    for labels in found:
        width, height = labels.size or picture_size(picture_of(labels.name, folder, options))
        image = AnnotatedImage(
            labels.name,
            width,
            height,
            tuple(replace(item, kind=options.kind(item.kind)) for item in labels.objects),
            complete=frozenset(complete) - {options.kind(name) for name in labels.doubtful},
            gsd_m=labels.gsd_m,
        )
        yield options.about(image)
