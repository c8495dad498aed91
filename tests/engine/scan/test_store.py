"""The store on a disk that has no room, or may not be written."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.model.fake import FakeModel
from engine.scan import default_cache, encode
from tests.engine.worlds import noise, scene_of


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1000, 10_000])
def test_full_disk_before_the_first_window(size: int, tmp_path: Path, fake: FakeModel) -> None:
    """Refused at once, in one line, and what was taken of the disk is given back."""
    with room_for(size), pytest.raises(StoreError, match="free some space") as told:
        encode(scene_of(noise()), fake, cache=tmp_path / "cache")
    assert "\n" not in str(told.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert encode(scene_of(noise()), fake, cache=tmp_path / "cache").store.done.all()


def test_full_disk_at_the_last_step(tmp_path: Path, fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks are kept, the table is written when there is room."""

    def full(*_: object) -> None:
        with room_for(100):
            original(*_)

    import engine.scan.parquet as parquet

    original = parquet.write_whole
    with monkeypatch.context() as patch, pytest.raises(StoreError, match="free some space"):
        patch.setattr(parquet, "write_whole", full)
        encode(scene_of(noise()), fake, cache=tmp_path)
    names = {path.name for path in tmp_path.glob("*/*")}
    assert not any(name.startswith(".") for name in names) and "tiles.parquet" not in names
    found = encode(scene_of(noise()), fake, cache=tmp_path)
    assert (found.store.folder / "tiles.parquet").exists()


def test_cache_that_is_a_file(tmp_path: Path, fake: FakeModel) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(StoreError, match="--cache") as told:
        encode(scene_of(noise()), fake, cache=tmp_path / "cache")
    assert "\n" not in str(told.value)


def test_cache_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SARCLIP_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("SARCLIP_CACHE")
    assert default_cache().is_absolute()


@pytest.mark.parametrize("name", ["", "...", "a/b c", "x" * 300, "海"])
def test_scene_names_that_are_no_folder_names(name: str, tmp_path: Path, fake: FakeModel) -> None:
    found = encode(scene_of(noise(), name=f"{name}.tif"), fake, cache=tmp_path)
    assert found.store.folder.parent == tmp_path
