"""Settings of the engine's tests, and what many of them ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, settings

from engine.model.fake import FakeModel
from engine.raster import Scene
from engine.scan import StoredEmbedding, encode
from tests.engine.shell import Shell
from tests.engine.worlds import scene_of, world

# a busy machine is no reason to fail
settings.register_profile("engine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("engine")
# OpenMP's threads do not survive a fork: a test that forks after one that used them would wait for ever
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def fake() -> FakeModel:
    """The model whose answers are known."""
    return FakeModel()


@pytest.fixture(scope="session")
def harbor() -> Scene:
    """A scene whose answers are known."""
    return scene_of(world())


@pytest.fixture(scope="session")
def encoded(harbor: Scene, fake: FakeModel, tmp_path_factory: pytest.TempPathFactory) -> StoredEmbedding:
    """It, encoded; not to be written to."""
    return encode(harbor, fake, scale="uint8", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def sarclip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The command line, in an interpreter of its own."""
    shell = Shell(tmp_path_factory.mktemp("shell"))
    yield shell
    shell.close()
