"""Any open_clip checkpoint takes part, through the same code."""

from __future__ import annotations

import json

import numpy as np
import open_clip
import pytest
import torch

from training.evaluation.__main__ import contestants, parser
from training.evaluation.contestants import Contestant, View, one_view
from training.evaluation.features import embeddings
from training.evaluation.points import judge_all
from training.sources.picture import Picture, no_objects

ARCHITECTURE = "tiny-evaluated"
SIDE = 64


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Contestant:
    """A randomly initialised one, as `--clip` brings it in."""
    folder = tmp_path_factory.mktemp("clip")
    vision = {"image_size": SIDE, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32}
    text = {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
    config = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": text}
    (folder / f"{ARCHITECTURE}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    torch.manual_seed(0)
    torch.save(open_clip.CLIP(**open_clip.get_model_config(ARCHITECTURE)).state_dict(), folder / "clip.pt")
    call = ["--data", str(folder), "--clip", f"{ARCHITECTURE}:{folder / 'clip.pt'}", "--clip-family", "laion"]
    model, found = contestants(parser().parse_args(call))
    assert (model.name, model.view) == ("model", View.ANY)
    return found


def test_it_is_shown_squashed_images(clip: Contestant) -> None:
    image = np.random.default_rng(0).integers(1, 256, (90, 150), dtype=np.uint8)
    assert (clip.name, clip.view) == ("CLIP", View.SQUASH)
    assert clip.images([image]).shape == (1, 24)
    square = np.random.default_rng(0).integers(1, 256, (SIDE, SIDE), dtype=np.uint8)
    assert clip.images([square])[0] == pytest.approx(one_view(clip.model, square[None])[0], abs=1e-3)


def test_long_captions_are_cut_to_what_it_reads(clip: Contestant) -> None:
    texts = ["a ship", "a SAR image of three ships near the harbor " * 6]
    found = clip.sentences(texts)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(2), abs=1e-3)
    assert found[0] @ found[1] < 0.999


def test_it_has_no_pyramid_to_probe(clip: Contestant) -> None:
    names = [feature.name for feature in embeddings(clip, [np.full((40, 50), 9, np.uint8)] * 2)]
    assert names == ["embedding 1x", "embedding 2x", "embedding 3x", "embeddings 1x 2x 3x"]


def test_its_points_come_from_its_own_map(clip: Contestant) -> None:
    pixels = np.random.default_rng(1).integers(1, 256, (100, 140), dtype=np.uint8)
    picture = Picture(pixels, np.ones((100, 140), np.uint8), no_objects(), "made/noise")
    judged = judge_all(clip.model, [picture], ["ship", "trawler"])
    assert [found[0].objects for found in judged.values()] == [0, 0]
    assert not judged["ship"][0].right.any()
