"""The command line, `sarclip`: thin, and quick to answer `--help`; torch is imported when work begins."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.console import Console
from engine.errors import Cancelled, SarclipError

if TYPE_CHECKING:
    from engine.session import Session

EXIT_DONE, EXIT_DEFECT, EXIT_INPUT, EXIT_CANCELLED = 0, 1, 2, 130

Command = TypeVar("Command", bound=Callable[..., Any])


def main() -> None:
    """Run `sarclip`; the exit status is 0 done, 2 wrong input, 1 a defect of ours, 130 cancelled."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; a message is one line on standard error."""
    try:
        with cli.make_context("sarclip", arguments) as context:
            cli.invoke(context)
    except click.exceptions.Exit as error:  # --help and --version end so
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return EXIT_INPUT
    except click.ClickException as error:
        return _fail(f"{error.format_message()} See `{_command(error)} --help`.", EXIT_INPUT)
    except Cancelled as error:
        return _fail(str(error), EXIT_CANCELLED)
    except (KeyboardInterrupt, click.Abort):
        return _fail("cancelled; what is done is kept", EXIT_CANCELLED)
    except SarclipError as error:
        return _fail(str(error), EXIT_INPUT)
    except BrokenPipeError:
        # whoever read our output has seen enough; Python would complain of it once more at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except Exception as error:  # the outer boundary
        logging.getLogger("engine").exception("defect")
        return _fail(f"a defect of SARCLIP, please report it: {type(error).__name__}: {error}", EXIT_DEFECT)
    return EXIT_DONE


def _fail(message: str, status: int) -> int:
    click.echo(f"sarclip: {' '.join(message.split())}", err=True)
    return status


def _command(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "sarclip"


JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def scene_options(command: Command) -> Command:
    """The options of `encode`, which every command about a scene takes."""
    options = [
        click.option(
            "--model", metavar="NAME|FILE", help="Registered model, checkpoint file or open_clip tag."
        ),
        click.option("--family", help="Family of a checkpoint file that is not registered."),
        click.option("--architecture", help="open_clip's name, where the checkpoint does not tell."),
        click.option("--device", help="torch device; CUDA is taken when there is one."),
        click.option("--band", metavar="VV|1", help="Polarisation or number; the first by default."),
        click.option(
            "--scale",
            type=click.Choice(["auto", "db", "power", "amplitude", "uint8"]),
            default="auto",
            show_default=True,
            help="What the numbers are.",
        ),
        click.option(
            "--bbox", type=float, nargs=4, metavar="W S E N", help="Only inside, in the scene's system."
        ),
        click.option("--bbox-crs", metavar="EPSG:N", help="System of --bbox."),
        click.option(
            "--aoi", type=click.Path(path_type=Path), metavar="FILE", help="Only inside these polygons."
        ),
        click.option("--tile", "tile_px", type=int, metavar="PX", help="Side of a tile in pixels."),
        click.option("--tile-m", type=float, metavar="METRES", help="Side of a tile in metres."),
        click.option(
            "--careful/--no-careful", default=None,
            help="Read every part four times, mirrored and resized: surer points, five times the time; "
            "small scenes always are.",
        ),
        click.option(
            "--cache", type=click.Path(path_type=Path), metavar="DIR", help="Where embeddings are kept."
        ),
        JSON,
        click.option("--verbose", is_flag=True, help="Say what is decided and why."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def asks(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the scene options and a `Session` in their place."""

    @scene_options
    @wraps(function)
    def command(**values: Any) -> None:  # noqa: ANN401 - options as click parses them
        from engine.session import Session

        console = Console(as_json=values.pop("as_json"), verbose=values.pop("verbose"))
        names = ("model", "family", "architecture", "device", "band", "scale", "bbox", "bbox_crs", "aoi")
        settings = {name: values.pop(name) for name in (*names, "tile_px", "tile_m", "careful", "cache")}
        session = Session(values.pop("scene"), console, **settings)
        function(session, **values)

    return command


OUT = click.option(
    "-o", "out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Result."
)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace an existing result.")
BACKGROUND = click.option(
    "--background", multiple=True, metavar="PROMPT", help="What else may be there; repeatable."
)
SCENE = click.argument("scene")
PROMPTS = click.argument("prompts", nargs=-1, required=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sarclip")
def cli() -> None:
    """Ask a radar scene in words."""


@cli.command()
@SCENE
@click.option("--band", metavar="VV|1", help="Polarisation or number; the first by default.")
@click.option("--scale", type=click.Choice(["auto", "db", "power", "amplitude", "uint8"]), default="auto")
@JSON
def info(scene: str, band: str | None, scale: str, as_json: bool) -> None:
    """Say what a scene is, and how its numbers would be read."""
    from engine.raster import measure_stretch, open_scene

    opened = open_scene(scene, band)
    stretch = measure_stretch(opened, scale)
    Console(as_json=as_json).describe_scene(opened, stretch)


@cli.command()
@SCENE
@asks
def encode(session: Session) -> None:
    """Encode a scene once; every question after it is quick."""
    embedding = session.embedding()
    session.console.result(
        f"encoded into {embedding.store.folder}",
        {"store": str(embedding.store.folder), "tiles": len(embedding.tiles.rows)},
    )


@cli.command()
@SCENE
@PROMPTS
@OUT
@BACKGROUND
@OVERWRITE
@asks
def label(
    session: Session, prompts: tuple[str, ...], out: Path, background: tuple[str, ...], overwrite: bool
) -> None:
    """Label every tile with the prompt that fits it best, into a GeoPackage."""
    session.label(prompts, out, background, overwrite=overwrite)


@cli.command()
@SCENE
@PROMPTS
@OUT
@BACKGROUND
@OVERWRITE
@asks
def heatmap(
    session: Session, prompts: tuple[str, ...], out: Path, background: tuple[str, ...], overwrite: bool
) -> None:
    """Show where prompts are true, as a Cloud-Optimized GeoTIFF with a band for each."""
    session.heatmap(prompts, out, background, overwrite=overwrite)


@cli.command()
@SCENE
@PROMPTS
@OUT
@BACKGROUND
@OVERWRITE
@click.option(
    "--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Least probability."
)
@click.option("--min-distance-m", type=click.FloatRange(min=0), metavar="METRES", help="Between two objects.")
@asks
def count(
    session: Session,
    prompts: tuple[str, ...],
    out: Path,
    background: tuple[str, ...],
    overwrite: bool,
    threshold: float,
    min_distance_m: float | None,
) -> None:
    """Count objects and point at each of them, into a GeoPackage."""
    session.count(
        prompts, out, background, threshold=threshold, min_distance_m=min_distance_m, overwrite=overwrite
    )


@cli.command()
@click.argument("scene", required=False)
@click.option(
    "-o", "out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, metavar="DIR"
)
@click.option("--band", metavar="VV|1", help="Polarisation or number; the first by default.")
@click.option("--cache", type=click.Path(path_type=Path), metavar="DIR", help="Where embeddings are kept.")
@JSON
def demo(scene: str | None, out: Path, band: str | None, cache: Path | None, as_json: bool) -> None:
    """Label, map, count and draw the bundled harbour, or a SCENE of your own, into a folder."""
    from engine.demo import run_demo

    run_demo(scene, out, Console(as_json=as_json), band=band, cache=cache)


@cli.command()
def worker() -> None:
    """Answer programs such as the QGIS plugin, in JSON-RPC on standard input and output."""
    from engine.worker.stdio import serve_stdio

    serve_stdio()


@cli.group()
def models() -> None:
    """List, describe, register and check models."""


@models.command("list")
@JSON
def models_list(as_json: bool) -> None:
    """List the models that a name can be given for."""
    from engine.model import list_models

    entries = list_models()
    lines = [
        f"{entry.name}  ({entry.family}{', bundled' if entry.bundled else ''})  {entry.file}"
        for entry in entries
    ]
    Console(as_json=as_json).result("\n".join(lines), [_entry(entry) for entry in entries])


@models.command("show")
@click.argument("name")
@JSON
def models_show(name: str, as_json: bool) -> None:
    """Describe one model."""
    from engine.model import show

    fields = _entry(show(name))
    Console(as_json=as_json).result("\n".join(f"{key}: {value}" for key, value in fields.items()), fields)


@models.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--family", help="Whose training it comes from: decides activation and input statistics.")
@click.option("--architecture", help="open_clip's name, where the checkpoint does not tell.")
@OVERWRITE
@JSON
def models_add(
    file: Path, name: str, family: str | None, architecture: str | None, overwrite: bool, as_json: bool
) -> None:
    """Register a checkpoint FILE under a NAME; the file stays where it is."""
    from engine.model import add

    entry = add(file, name, family, architecture, overwrite=overwrite)
    Console(as_json=as_json).result(f"registered {entry.name}: {entry.file}", _entry(entry))


@models.command("check")
@click.argument("name")
@JSON
def models_check(name: str, as_json: bool) -> None:
    """Load a model and compare its file with what was registered."""
    from engine.model import check

    spec = check(name).spec
    facts = {"name": name, "ok": True, "embed_dim": spec.embed_dim, "tile_px": spec.tile_px}
    text = f"{name} is whole: {spec.embed_dim} dimensions, tiles of {spec.tile_px} px"
    Console(as_json=as_json).result(text, facts)


def _entry(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - a ModelEntry, whose module must not be imported yet
    names = ("name", "family", "file", "sha256", "architecture", "bundled")
    return {name: json.loads(json.dumps(getattr(entry, name), default=str)) for name in names}
