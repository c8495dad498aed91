"""Which models there are, and how a name, a file or a tag becomes towers in memory.

Models of this project lie in `resources/models`; their files say everything of themselves. A model of
the user's is a small JSON file in `models_folder()`, an *entry*, that says where the checkpoint lies and
what the checkpoint cannot say; `model.json` beside a `model.pt` is read in the same way when the file is
given. Checkpoints stay where they are: nothing is copied.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import CheckpointError, InputError, ModelNotFoundError, OutputError, OutputExistsError
from engine.model.spec import EncoderPair, Family, check_name

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "sarclip-s"
BUNDLED_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "models"

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
_HALF = (0.5, 0.5, 0.5)
_LAND_COVER = ("open water", "bare ground", "vegetation", "buildings")
_SATELLITE = ("a satellite photo of {}.", "a grayscale satellite image of {}.", "a SAR image of {}.")

OWN_FAMILY = "sarclip"  # models of this project

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "openai",
            "OpenAI's CLIP; QuickGELU throughout (github.com/openai/CLIP, model.py)",
            _CLIP_MEAN,
            _CLIP_STD,
            quick_gelu=("",),
            templates=_SATELLITE,
            background=_LAND_COVER,
        ),
        Family(
            "laion",
            "open_clip trained on LAION-2B or DataComp; GELU (name ViT-B-32-quickgelu for LAION-400M's B/32)",
            _CLIP_MEAN,
            _CLIP_STD,
            quick_gelu=(),
            templates=_SATELLITE,
            background=_LAND_COVER,
        ),
        Family(
            "remoteclip",
            "RemoteCLIP, tuned from OpenAI's, so QuickGELU (its remoteclip_retrieval.py builds on 'openai')",
            _CLIP_MEAN,
            _CLIP_STD,
            quick_gelu=("",),
            templates=_SATELLITE,
            background=_LAND_COVER,
        ),
        Family(
            "georsclip",
            "GeoRSCLIP: B/32 from OpenAI's, H/14 from LAION's (its inference.py); L/14 taken as OpenAI's",
            _CLIP_MEAN,
            _CLIP_STD,
            quick_gelu=("ViT-B", "ViT-L", "RN"),
            templates=_SATELLITE,
            background=_LAND_COVER,
        ),
        Family(
            "caesar-sarclip",
            "CAESAR-Radi's SARCLIP: ResNets with QuickGELU, ViTs without; VV -25 to 0 dB as -1..1",
            _HALF,
            _HALF,
            quick_gelu=("RN",),
            templates=(
                "this is an SAR image of {} .",
                "an SAR image shows {} .",
                "the SAR image contains a scene with {} .",
            ),
            background=_LAND_COVER,
            stretch=(-25.0, 0.0),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A registered model, as it stands in its JSON file or beside this program.

    Attributes:
        name: What it is called.
        family: A key of `FAMILIES`, or `OWN_FAMILY`.
        file: The checkpoint.
        sha256: Of the checkpoint when it was registered or shipped; empty when it was not recorded.
        architecture: open_clip's name; empty for models of this project.
        bundled: Whether it came with the program.
    """

    name: str
    family: str
    file: Path
    sha256: str
    architecture: str
    bundled: bool


def models_folder() -> Path:
    """Folder of the user's entries: `$SARCLIP_HOME/models`, or the system's place for user data."""
    if home := os.environ.get("SARCLIP_HOME"):
        return Path(home) / "models"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "sarclip" / "models"


def list_models() -> list[ModelEntry]:
    """All registered models by name, bundled first; reads no checkpoint.

    An entry that cannot be read is logged and left out, so that it spoils no other model.
    """
    bundled = [_bundled_entry(path) for path in sorted(BUNDLED_FOLDER.glob("*.safetensors"))]
    taken = {entry.name for entry in bundled}
    return bundled + [entry for entry in _entries(models_folder()) if entry.name not in taken]


def show(name: str) -> ModelEntry:
    """The entry of that name.

    Raises:
        ModelNotFoundError: There is none; the message lists those that are.
    """
    entry = _find(name)
    if entry is None:
        names = ", ".join(entry.name for entry in list_models())
        raise ModelNotFoundError(
            f"model {name!r}: not registered (there are {names or 'none'}) and no file; give a checkpoint "
            "file, an open_clip tag such as ViT-B-32/laion2b_s34b_b79k, or see `sarclip models add`"
        )
    return entry


def add(
    file: str | os.PathLike[str],
    name: str,
    family: str | None = None,
    architecture: str | None = None,
    *,
    overwrite: bool = False,
) -> ModelEntry:
    """Register a checkpoint under a name; the file stays where it is.

    It is loaded once, so that what does not work is refused now.

    Args:
        file: The checkpoint.
        name: Letters, digits, dots, dashes and underscores.
        family: A key of `FAMILIES`; None for a model of this project.
        architecture: open_clip's name; None finds it by the shapes of the weights.
        overwrite: Replace the user's entry of the same name.

    Raises:
        InputError: The name or the family is not possible.
        OutputExistsError: The name is taken.
        CheckpointError: The checkpoint cannot be loaded.
        OutputError: The entry cannot be written.
    """
    check_name(name)
    path = Path(file).expanduser().resolve()
    taken = _find(name)
    if taken and (taken.bundled or not overwrite):
        remedy = "choose another" if taken.bundled else "choose another or give --overwrite"
        raise OutputExistsError(f"model name {name!r}: taken by {taken.file}; {remedy}")
    entry = replace(_entry_of_file(path, family, architecture), name=name)
    from engine.model import checkpoint
    from engine.model.architecture import infer_architecture

    if entry.family != OWN_FAMILY and not entry.architecture:
        entry = replace(entry, architecture=infer_architecture(checkpoint.read_state(path), path))
    entry = replace(entry, sha256=checkpoint.sha256_of(path))
    _ = _load_entry(entry).text
    _write_entry(entry, models_folder() / f"{name}.json")
    return entry


def check(name: str) -> EncoderPair:
    """Load a registered model, all of it, its digest compared with the recorded one.

    Raises:
        ModelNotFoundError: It is not registered, or its file is gone.
        CheckpointError: Its file has changed or cannot be loaded.
    """
    _ = (found := _load_entry(show(name))).text
    return found


def load(
    name_or_file: str | os.PathLike[str] | None = None,
    *,
    family: str | None = None,
    architecture: str | None = None,
) -> EncoderPair:
    """Load a model.

    Args:
        name_or_file: A registered name, a checkpoint file, or an open_clip tag `ARCHITECTURE/TAG`, the
            only thing that is fetched from the network. None is the bundled model.
        family: A key of `FAMILIES`, for a file without an entry beside it.
        architecture: open_clip's name, for a file whose weights' shapes do not tell.

    Raises:
        ModelNotFoundError: There is nothing of that name.
        InputError: A file's family is not known.
        CheckpointError: The checkpoint is damaged, unsafe, changed, or of another architecture.
    """
    wanted = os.fspath(name_or_file) if name_or_file is not None else DEFAULT_MODEL
    path = Path(wanted).expanduser()
    if entry := _find(wanted):
        if family or architecture:
            raise InputError(f"model {wanted!r}: its family and architecture are registered; leave them out")
        return _load_entry(entry)
    if path.is_file():
        return _load_entry(_entry_of_file(path.resolve(), family, architecture))
    if not path.suffix and wanted.count("/") == 1 and not path.exists():
        return _load_tag(*wanted.split("/"))
    if path.suffix in {".pt", ".pth", ".bin", ".safetensors"}:
        raise ModelNotFoundError(f"checkpoint {path}: no such file")
    return check(wanted)


def find_family(name: str) -> Family:
    """The family of that name.

    Raises:
        InputError: There is none; the message lists those that are.
    """
    if name not in FAMILIES:
        raise InputError(f"family {name!r}: not known; give one of {', '.join(FAMILIES)}")
    return FAMILIES[name]


def _find(name: str) -> ModelEntry | None:
    return next((entry for entry in list_models() if entry.name == name), None)


def _bundled_entry(path: Path) -> ModelEntry:
    """The entry of a bundled model; its digest lies beside it, as `sha256sum` writes it."""
    beside = path.with_suffix(".sha256")
    digest = beside.read_text(encoding="ascii").split()[0] if beside.is_file() else ""
    return ModelEntry(path.stem, OWN_FAMILY, path, digest, architecture="", bundled=True)


def _entries(folder: Path) -> Iterator[ModelEntry]:
    for path in sorted(folder.glob("*.json")):
        try:
            yield _read_entry(path)
        except CheckpointError as error:
            logger.warning("left out: %s", error)


def _load_entry(entry: ModelEntry) -> EncoderPair:
    from engine.model import checkpoint

    found = checkpoint.sha256_of(entry.file)
    if entry.sha256 and found != entry.sha256:
        raise CheckpointError(
            f"checkpoint {entry.file}: has sha256 {found[:12]}…, {entry.name} was registered with "
            f"{entry.sha256[:12]}…; fetch it again or register it anew"
        )
    if entry.family == OWN_FAMILY:
        from engine.model import bundled

        return bundled.load(entry.file, name=entry.name, sha256=found)
    from engine.model import openclip  # open_clip, and with it 250 MB of memory

    family = find_family(entry.family)
    architecture = entry.architecture or None
    return openclip.load(entry.file, name=entry.name, sha256=found, family=family, architecture=architecture)


def _entry_of_file(path: Path, family: str | None, architecture: str | None) -> ModelEntry:
    """Make an entry of a file, from what the caller, the file, or the JSON beside it says."""
    beside = path.with_suffix(".json")
    entry = ModelEntry(_name_of(path), family or OWN_FAMILY, path, "", architecture or "", bundled=False)
    if family is not None:
        find_family(family)
        return entry
    from engine.model import bundled, checkpoint

    if checkpoint.metadata_of(path).get("format") == bundled.FORMAT:
        return entry
    if not path.is_file():
        raise ModelNotFoundError(f"checkpoint {path}: no such file")
    if beside.is_file():
        said = _read_entry(beside)
        return replace(said, file=path, architecture=architecture or said.architecture)
    raise InputError(
        f"checkpoint {path}: its activation and input statistics are not in the file; give --family "
        f"{'|'.join(FAMILIES)}, or say so in {beside.name} beside it"
    )


def _name_of(path: Path) -> str:
    """A model's name made from a file's: other characters become dashes."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in path.stem)
    return kept.lstrip("._-") or "model"


def _load_tag(architecture: str, tag: str) -> EncoderPair:
    """Fetch the weights that open_clip knows under a tag, with what it knows of them."""
    import open_clip

    from engine.model import checkpoint, openclip

    config = open_clip.get_pretrained_cfg(architecture, tag)
    if not config:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(architecture)) or "none"
        raise ModelNotFoundError(
            f"model {architecture}/{tag}: no such file or open_clip tag; tags of {architecture} are {tags}"
        )
    try:
        path = Path(open_clip.download_pretrained(config))
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelNotFoundError(
            f"model {architecture}/{tag}: cannot be fetched ({type(error).__name__}); "
            "check the network, or fetch its file elsewhere and give that with --family"
        ) from error
    family = Family(
        f"{architecture}-{tag}",
        f"open_clip's tag {tag}",
        tuple(config.get("mean", _CLIP_MEAN)),
        tuple(config.get("std", _CLIP_STD)),
        quick_gelu=("",) if config.get("quick_gelu") else (),
        templates=_SATELLITE,
        background=_LAND_COVER,
    )
    digest = checkpoint.sha256_of(path)
    return openclip.load(path, name=family.name, sha256=digest, family=family, architecture=architecture)


def _read_entry(path: Path) -> ModelEntry:
    """Read an entry; a relative file is meant from the entry's own folder.

    Raises:
        CheckpointError: It cannot be read, or a field of it is wrong.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"model entry {path}: unreadable ({error}); mend it or remove it") from error
    if not isinstance(fields, dict) or "family" not in fields:
        raise CheckpointError(f'model entry {path}: has no "family"; add one of {", ".join(FAMILIES)}')
    if not isinstance(fields.get("file", ""), str):
        raise CheckpointError(f"model entry {path}: file {fields['file']!r} is no path; mend it or remove it")
    try:
        return _entry_from(fields, path)
    except (ValueError, OSError) as error:  # a name or a path that cannot be one
        raise CheckpointError(f"model entry {path}: {error}; mend it or remove it") from error


def _entry_from(fields: Mapping[str, Any], path: Path) -> ModelEntry:
    file = path.parent / fields["file"] if "file" in fields else _sibling(path)
    return ModelEntry(
        name=check_name(str(fields.get("name", path.stem))),
        family=str(fields["family"]),
        file=file.resolve(),
        sha256=str(fields.get("sha256", "")),
        architecture=str(fields.get("architecture", "")),
        bundled=False,
    )


def _sibling(path: Path) -> Path:
    """The checkpoint beside an entry that does not name one."""
    beside = [path.with_suffix(suffix) for suffix in (".safetensors", ".pt", ".pth", ".bin")]
    return next((file for file in beside if file.is_file()), beside[0])


def _write_entry(entry: ModelEntry, path: Path) -> None:
    """Write an entry in one step, so that a reader never sees half of it."""
    fields = {key: str(value) for key, value in asdict(entry).items() if key != "bundled"}
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"model entry {path}: cannot be written ({error.strerror}); set SARCLIP_HOME"
        ) from error
