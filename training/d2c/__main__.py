"""`python -m training.d2c FORMAT PATH -o captions.jsonl`: labels in, captions out, one line an image."""

from __future__ import annotations

import json
import zlib
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from training.d2c.annotation import AnnotatedImage
from training.d2c.captions import Caption, captions
from training.d2c.readers import READERS, Options, ReadError

Format = Enum("Format", {name: name for name in READERS}, type=str)  # type: ignore[misc]
CALL_IS_WRONG = 2
app = typer.Typer(add_completion=False)


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    for text in texts or ():
        if "=" not in text:
            raise ReadError(f"{option} {text}: it takes the form A=B")
    return dict(text.split("=", 1) for text in texts or ())


def record(image: AnnotatedImage, made: list[Caption]) -> dict[str, Any]:
    """An image's captions as plain data."""
    return {
        "image": image.name,
        "captions": [
            {
                "text": caption.text,
                "facts": [fact._asdict() for fact in caption.facts],
                "negatives": [negative._asdict() | {"fact": negative.fact._asdict()} for negative in caption.negatives],
            }
            for caption in made
        ],
    }


@app.command()
def run(
    format: Annotated[Format, typer.Argument(help="Format of the labels.")],
    path: Annotated[Path, typer.Argument(help="File or folder of the labels.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="JSON lines, one image a line.")],
    number: Annotated[int, typer.Option("-n", "--number", min=1, help="Captions an image.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same captions.")] = 0,
    images: Annotated[Path | None, typer.Option(help="Folder of the pictures, for their sizes.")] = None,
    complete: Annotated[list[str] | None, typer.Option(help="Kind annotated without exception; repeat.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="CLASS=KIND, what a class of yours is; repeat.")] = None,
    class_name: Annotated[list[str] | None, typer.Option("--class", help="Name of class 0, 1, ... (yolo)")] = None,
    scene: Annotated[Path | None, typer.Option(help="Raster under the polygons (vector).")] = None,
    column: Annotated[str | None, typer.Option(help="Column of the class (vector).")] = None,
    tile: Annotated[int, typer.Option(min=32, help="Windows of a large scene, in pixels (vector).")] = 1024,
    color: Annotated[list[str] | None, typer.Option(help="R,G,B=KIND or GREY=KIND (masks); repeat.")] = None,
    gsd: Annotated[float | None, typer.Option(help="Metres a pixel.")] = None,
    sensor: Annotated[str | None, typer.Option(help="Sentinel-1, TerraSAR-X, ...")] = None,
    band: Annotated[str | None, typer.Option(help="Letter of the radar band.")] = None,
    polarization: Annotated[str | None, typer.Option(help="VV, VH, HH or HV.")] = None,
) -> None:
    """Write captions of labelled images: true sentences, each with near misses that are false."""
    try:
        options = Options(
            images=images,
            complete=frozenset(complete) if complete else None,
            aliases=_pairs(alias, "--alias"),
            classes=tuple(class_name or ()),
            scene=scene,
            column=column,
            tile_px=tile,
            colors=_pairs(color, "--color"),
            gsd_m=gsd,
            sensor=sensor,
            band=band,
            polarization=polarization,
        )
        lines = []
        for image in READERS[format.value](path, options):
            rng = np.random.default_rng((seed, zlib.crc32(image.name.encode())))  # whatever the order of the images
            lines.append(json.dumps(record(image, captions(image, rng, number))))
        output.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    except (ValueError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(CALL_IS_WRONG) from error
    typer.echo(f"{len(lines)} images, {number * len(lines)} captions in {output}")


if __name__ == "__main__":
    app(prog_name="python -m training.d2c")
