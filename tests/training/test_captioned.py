"""Images with captions: what is asked of an image is true or false of it, whatever was cut or mirrored."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.sarclip import SarClip, ViewBatch, load_model
from engine.model.text import TextTower
from tests import tiny
from training.captioned import (
    NUMBERS,
    CaptionedImage,
    Question,
    Text,
    _mirrored,
    count_caption,
    draw_images,
    known_of,
    questions,
    truth,
)
from training.concepts import CONCEPT, CONCEPT_NAMES, KIND, TRUE
from training.d2c.facts import Fact
from training.phrases import PhraseBank
from training.recipes.captions import (
    FALSE_PEAKS,
    Recipe,
    Seen,
    Steps,
    TextTable,
    likely_first,
    mistaken,
    odds,
    plain_sentence,
    rarity,
    stack_views,
)
from training.sources.picture import Picture, no_objects, paint_objects


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> SarClip:
    return load_model(tiny.model_file(tmp_path_factory.mktemp("model")), device="cpu")


def harbor(ships: int, name: str = "ssdd/1", height: int = 200, width: int = 300, seed: int = 0) -> Picture:
    """Sea with land in the upper fifth and so many bright ships below it, apart from one another."""
    rng = np.random.default_rng(seed)
    kinds = np.full((height, width), KIND["sea"], np.uint8)
    kinds[: height // 5] = KIND["land"]
    places = [(60 + 30 * (i // 6), 30 + 45 * (i % 6)) for i in range(24)]
    chosen = rng.permutation(len(places))[:ships]
    objects = np.array([[places[i][1], places[i][0], 16, 5, 0.3, KIND["ship"]] for i in chosen], np.float32)
    objects = objects.reshape(-1, 6)
    paint_objects(kinds, objects)
    pixels = np.where(kinds == KIND["ship"], 250, np.where(kinds == KIND["land"], 120, 30)).astype(np.uint8)
    return Picture(pixels, kinds, objects, name)


def image(ships: int, **how: int) -> CaptionedImage:
    picture = harbor(ships, **how)  # type: ignore[arg-type]
    return CaptionedImage(picture.pixels, known_of(picture))


def test_some_images_are_of_one_object() -> None:
    pictures = {"ssdd": [harbor(ships, height=600, width=700, seed=ships) for ships in range(1, 12)]}
    drawn = list(draw_images(pictures, {"ssdd": 1.0}, 300, np.random.default_rng(0)))
    of_object = [item for item in drawn if item.of_object]
    assert 3 < len(of_object) < 60
    for item in of_object:
        assert (item.pixels == 250).any(), "the ship is in it"
        assert item.names[CONCEPT["ship"]] == TRUE
    assert any(len(item.known.objects) == 1 for item in drawn if not item.of_object), "a large image of one is of more"


@given(seed=st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_a_chip_of_a_known_type_is_of_no_other(seed: int) -> None:
    chip, other = (image(1, name=f"mstar/{folder}/HB1") for folder in ("T72", "D7"))
    typed = [q for q in questions(chip, np.random.default_rng(seed)) if q.true.facts[0].claim == "scene" and q.false]
    assert typed
    for question in typed:
        assert truth(chip.scene, question.true) == 1
        assert truth(other.scene, question.true) == 0
        assert all(truth(chip.scene, text) == 0 for text in question.false)
    untyped = questions(image(1), np.random.default_rng(seed))
    assert all(fact.claim != "scene" for question in untyped for fact in question.true.facts)


@given(ships=st.integers(0, 14), seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_what_is_asked_is_true_and_its_negatives_are_false(ships: int, seed: int) -> None:
    seen = image(ships, seed=seed)
    for question in questions(seen, np.random.default_rng(seed)):
        assert truth(seen.scene, question.true) == 1, question.true.text
        assert all(truth(seen.scene, text) == 0 for text in question.false)


@pytest.mark.parametrize("ships", [1, 4, 10])
def test_the_count_is_asked_with_its_neighbours(ships: int) -> None:
    asked = questions(image(ships), np.random.default_rng(0), number=1)
    counted = [item for item in asked if item.true.facts == (Fact("count", "ship", ships),)]
    assert counted, "the count is always among the questions"
    wrong = {fact.value for item in counted for text in item.false for fact in text.facts if fact.claim == "count"}
    assert {ships - 1, ships + 1} - {0, 11} <= wrong


def test_a_count_caption_says_its_number_in_words_or_digits() -> None:
    rng = np.random.default_rng(1)
    said = {(n, count_caption(n, "ship", rng).split()[-2]) for n in range(1, 11) for _ in range(20)}
    assert said == {(n, text) for n in range(1, 11) for text in (str(n), NUMBERS[n - 1])}
    assert all(count_caption(1, "ship", rng).split()[-1] in ("ship", "vessel", "boat") for _ in range(9))


def test_unknown_is_neither_true_nor_false() -> None:
    seen = image(3)
    assert truth(seen.scene, Text("a lake", (Fact("ground", "mountains", "some"),))) in (0, -1)
    partial = Text("three ships and something else", (Fact("count", "ship", 3),), whole=False)
    assert truth(seen.scene, partial) == -1, "a part that holds proves nothing of the whole"
    assert truth(seen.scene, partial._replace(facts=(Fact("count", "ship", 5),))) == 0


@pytest.mark.parametrize("flip", [(False, True), (True, False), (True, True)])
def test_a_mirrored_picture_keeps_its_ships_under_their_boxes(flip: tuple[bool, bool]) -> None:
    turned = _mirrored(harbor(5), left_right=flip[0], up_down=flip[1])
    again = np.full_like(turned.kinds, KIND["sea"])
    paint_objects(again, turned.objects)
    drawn, told = again == KIND["ship"], turned.kinds == KIND["ship"]
    assert (drawn & told).sum() / (drawn | told).sum() > 0.85


def test_images_are_drawn_with_even_counts_and_the_same_again() -> None:
    sets = {"ssdd": [harbor(n, name=f"ssdd/{n}", seed=n) for n in (1, 1, 1, 1, 1, 1, 1, 8)]}
    drawn = list(draw_images(sets, {"ssdd": 1.0, "absent": 0.5}, 60, np.random.default_rng(0)))
    again = list(draw_images(sets, {"ssdd": 1.0}, 60, np.random.default_rng(0)))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(drawn, again, strict=True))
    assert all(item.pixels.shape == (item.known.height, item.known.width) for item in drawn)
    many = np.mean([len(item.known.objects) > 1 for item in drawn])
    assert many > 0.2, "an eighth of the pictures has more than one ship"


def test_class_names_alone_are_the_baseline() -> None:
    assert plain_sentence(image(2)) == "a SAR image of ship and sea"


class OneEach(PhraseBank):
    """A name for every concept; the tiny tower reads few words."""

    def __init__(self, tower: TextTower) -> None:
        self.vectors = [tower.sentences(tower.tokenize(["ship"])).detach()[None] for _ in CONCEPT_NAMES]
        self.template_share = np.ones(1)


def test_a_batch_knows_what_is_true_of_every_image(tiny_model: SarClip) -> None:
    images = [image(n, seed=n) for n in (1, 2, 3, 3)]
    seen = Seen(
        images,
        [tiny_model.read_views(item.pixels) for item in images],
        [questions(item, np.random.default_rng(5), number=2) for item in images],
    )
    texts = [text.text for asked in seen.asked for item in asked for text in (item.true, *item.false)]
    rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    steps = Steps(seen, rows, OneEach(tiny.text_tower()), Recipe(batch=4))
    step = next(n for n in range(200) if (steps[n].beside != torch.arange(4)).any())
    batch, again = steps[step], steps[step]
    assert (batch.truth == again.truth).all()
    assert batch.truth.shape == (4, len(batch.texts))
    assert (batch.truth == 1).any(1).all(), "something is true of every image"
    assert (batch.own == 1).any(), "images have captions of their own"
    assert (batch.truth[batch.own == 1] != 0).all(), "which is not false of it"
    texts_of = {row: text for text, row in rows.items()}
    asked = [texts_of[row] for row in batch.texts.tolist()]
    numbers = {text.text for of in seen.asked for q in of if q.counted for text in (q.true, *q.false)}
    is_number = torch.tensor([text in numbers for text in asked])
    assert is_number.any() and (batch.own[:, is_number] != 0).all(), "a true count is no rival of a caption"
    assert (batch.own[:, ~is_number] == 0).any()
    moved = batch.beside != torch.arange(4)
    for row in torch.nonzero(moved).flatten().tolist():
        assert (batch.truth[row, ~is_number] == -1).all() and (batch.own[row] == -1).all()
        assert (batch.truth[row, is_number] == 1).any() and (batch.truth[row, is_number] == 0).any()
    assert batch.named.shape == (4, len(CONCEPT_NAMES))
    assert batch.views.views.shape[0] == 4


def test_a_few_peaks_are_no_objects_and_none_lie_in_the_view_of_the_whole() -> None:
    rows = 8 * 8 + 1
    weight = torch.ones(1, rows)
    weight[0, 7] = 0  # nothing valid
    views = ViewBatch(torch.zeros(1, rows, 2), torch.zeros(1, rows, 3), weight, torch.ones(1, rows, 4))
    rng = np.random.default_rng(0)
    more = torch.stack([mistaken(views, rng).peaks - views.peaks for _ in range(60)])[:, 0]  # type: ignore[operator]
    assert (more >= 0).all() and (more.diff(dim=-1) <= 0).all(), "what is above a level is above those below it"
    assert (more[:, [7, -1]] == 0).all()
    expected = np.cumsum(FALSE_PEAKS[::-1])[::-1] * 63 * 128**2 / 1e6
    assert more.sum(1).mean(0).numpy() == pytest.approx(expected, rel=0.25, abs=0.12)
    assert mistaken(views._replace(peaks=None), rng).peaks is None


def counted(number: int) -> Question:
    return Question(Text(f"{number} ships", (Fact("count", "ship", number),)), (), caption=False)


def test_rare_numbers_are_asked_oftener() -> None:
    caption = Question(Text("ships at sea", (Fact("some", "ship", 1),)), ())
    seen = Seen([], [], [[caption, counted(1)]] * 6 + [[caption, counted(9)]] * 2)
    drawn = odds(seen)
    assert all(of_image.sum() == pytest.approx(1) for of_image in drawn)
    assert drawn[0][1] == pytest.approx(0.4) and drawn[-1][1] == pytest.approx(2 / 3), "four of each were even"
    assert odds(Seen([], [], [[caption]]))[0].tolist() == [1.0]


@pytest.mark.parametrize(("ships", "land", "true", "false"), [
    (2, True, {"ship", "ships near harbor"}, {"ships at sea", "open sea"}),
    (2, False, {"ship", "ships at sea"}, {"ships near harbor", "open sea", "land"}),
    (0, False, {"open sea"}, {"ship", "ships at sea", "ships near harbor"}),
])  # fmt: skip
def test_names_of_a_whole_image(ships: int, land: bool, true: set[str], false: set[str]) -> None:
    picture = harbor(ships)
    if not land:
        picture.kinds[picture.kinds == KIND["land"]] = KIND["sea"]
    names = dict(zip(CONCEPT_NAMES, CaptionedImage(picture.pixels, known_of(picture)).names.tolist(), strict=True))
    assert {name for name in true if names[name] == 1} == true
    assert {name for name in false if names[name] == 0} == false


def test_views_of_different_numbers_are_filled_up(tiny_model: SarClip) -> None:
    views = [tiny_model.read_views(np.full((side, 64), 9, np.uint8)) for side in (64, 200)]
    stacked = stack_views(views)
    assert stacked.views.shape[:2] == (2, views[1].views.shape[1])
    assert (stacked.weight[0, 1:] == 0).all(), "what was filled up does not count"
    assert stacked.weight[1].equal(views[1].weight[0].float())


def test_sentences_keep_their_length() -> None:
    table = TextTable(tiny.text_tower(), ["sea", "a ship near the town", "sea"])
    assert len(table.states) == 2
    states, present = table.padded(torch.tensor([0, 1]))
    assert present.sum(1).tolist() == [3, 7], "words and the two end marks"
    assert states.shape[:2] == (2, 7)


def test_what_is_said_more_often_comes_first() -> None:
    """Learned from batches of what was said, the scores of texts are the logarithms of how often each is."""
    rng, count, batch = np.random.default_rng(0), 8, 3
    often = 1 / np.arange(1, count + 1)
    often /= often.sum()
    rare = -torch.log(1 - (1 - torch.from_numpy(often)) ** batch)
    errors = []
    for weights in (rare, torch.zeros(count)):
        scores = torch.zeros(count, dtype=torch.float64, requires_grad=True)
        for step in range(1500):
            said, chosen = np.unique(rng.choice(count, batch, p=often), return_inverse=True)
            own = torch.nn.functional.one_hot(torch.from_numpy(chosen), len(said))
            if len(said) > 1:
                loss = likely_first(scores[said].expand(batch, -1), own, weights[said])
                scores.data -= 0.5 / (1 + step / 150) * torch.autograd.grad(loss, scores)[0]
        wrong = scores.detach().numpy() - np.log(often)
        errors.append(np.std(wrong))
    assert errors[0] < 0.5 * errors[1]


def test_a_text_is_rare_that_few_images_have() -> None:
    asked = [[Question(Text(word, ()), ()) for word in words] for words in ("ab", "a", "ac")]
    found = rarity(Seen([], [], asked), {"a": 0, "b": 1, "c": 2}, 6)
    assert torch.allclose(found.neg().exp(), 1 - torch.tensor([-4.0, -1.0, -1.0]).exp())


def test_captions_may_say_how_a_picture_was_taken() -> None:
    pixels, kinds = np.full((64, 64), 50, np.uint8), np.full((64, 64), KIND["clutter"], np.uint8)
    taken = known_of(Picture(pixels, kinds, no_objects(), "sar_acd/A330/1"))
    assert (taken.sensor, taken.band) == ("Gaofen-3", "C")
    assert known_of(Picture(pixels, kinds, no_objects(), "floods/x/0")).polarization == "VV"
    assert known_of(Picture(pixels, kinds, no_objects(), "simulated/coast")).sensor is None
