"""Class labels by folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.d2c.annotation import AnnotatedImage
from training.d2c.readers.options import PICTURES, Options, ReadError, picture_size


def folders(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every picture below a folder; the first folder on the way to it names its class, said of the scene.

    Raises:
        ReadError: There is no picture.
    """
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES)
    if not found:
        raise ReadError(f"{path}: no picture ({', '.join(PICTURES)}) below it")
    for file in found:
        width, height = picture_size(file)
        name = file.relative_to(path).with_suffix("").as_posix()
        folder = file.relative_to(path).parts[0] if file.parent != path else path.name
        label = options.aliases.get(folder, folder)
        image = AnnotatedImage(name, width, height, scene_words=(label,), complete=options.complete or frozenset())
        yield options.about(image)
