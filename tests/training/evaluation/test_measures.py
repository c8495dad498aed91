"""The measures on what is known: perfect answers give one, chance gives chance."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.model.calibration import Calibration
from engine.model.fake import BRIGHT, DARK, FakeModel
from engine.tasks.counting import calibrated
from training.concepts import KIND
from training.d2c import AnnotatedImage
from training.d2c.annotation import box
from training.d2c.facts import Fact
from training.evaluation import points
from training.evaluation.bench import QUICK, Bench
from training.evaluation.contestants import Contestant
from training.evaluation.counting import Curve, curve
from training.evaluation.labelled import Labelled, collect, ships, tiles
from training.evaluation.large import laid_out, shape_of
from training.evaluation.points import (
    NEW,
    SEEN,
    Judged,
    fit_curve,
    is_inshore,
    judge,
    judge_all,
    judge_points,
    measure,
    on_ground,
)
from training.evaluation.probes import Chips, probe
from training.evaluation.retrieval import (
    SAYING,
    TRUTH,
    _first_true,
    captioned,
    chance,
    known_sayings,
    known_truth,
    recalls,
    together,
)
from training.evaluation.words import Words
from training.evaluation.zero_shot import score
from training.sources.picture import Picture, paint_objects
from training.sources.simulated import stretched
from training.splits import Seen

SEA, TOWN = Words("sea", ("sea",), ("sea sea",)), Words("town", ("town", "towns"))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("no-data"), (Contestant("fake", FakeModel()),), QUICK)


def picture(places: list[tuple[int, int]], shape: tuple[int, int] = (96, 160)) -> Picture:
    """Dark sea with a bright pixel in the middle of a box around every (x, y)."""
    pixels = np.full(shape, DARK, np.uint8)
    objects = np.array([[x, y, 16, 10, 0, KIND["ship"]] for x, y in places], np.float32).reshape(-1, 6)
    kinds = np.full(shape, KIND["sea"], np.uint8)
    paint_objects(kinds, objects)
    for x, y in places:
        pixels[y - 1 : y + 1, x - 1 : x + 1] = 255
    return Picture(pixels, kinds, objects, "made/up")


# retrieval


def test_equal_captions_are_all_right() -> None:
    data = together([], [], [["A ship.", "two"], ["a  ship.", "three"]])
    assert data.texts == ["A ship.", "two", "three"]
    assert data.right.tolist() == [[1, 1, 0], [1, 0, 1]]


def test_a_model_that_knows_the_texts_retrieves_all() -> None:
    data = together([], [], [["a", "b"], ["a", "c"], ["d", "d"]])
    found = recalls(data.right.astype(float), data.right)
    assert found.mean == 1
    assert found.image_to_text == found.text_to_image == {1: 1.0, 5: 1.0, 10: 1.0}


def test_the_nearest_text_is_judged_by_what_it_claims() -> None:
    drawn = [tuple(box("ship", 20 + 30 * n, 20, 40 + 30 * n, 30) for n in range(count)) for count in (1, 3)]
    annotations = [AnnotatedImage("made", 256, 256, boxes, complete=frozenset({"ship"})) for boxes in drawn]
    texts = ["one ship", "three ships", "a ship", "a town"]
    facts = Fact("count", "ship", 1), Fact("count", "ship", 3), Fact("some", "ship", 1), Fact("ground", "urban", "some")
    claims = [(fact,) for fact in facts]
    data = replace(together([], [], [texts, texts]), annotations=annotations, claims=claims)
    nearest = {"right": [0, 1], "wrong": [1, 0], "half": [0, 0], "unknown": [3, 3]}
    found = _first_true({who: np.eye(4, dtype=np.float32)[rows] for who, rows in nearest.items()}, data)
    assert (found["right"], found["wrong"], found["half"]) == (1.0, 0.0, 0.5)
    assert np.isnan(found["unknown"]), "nobody can say"


def test_who_knows_the_labels_is_right_and_who_knows_the_sayings_knows_what_is_frequent() -> None:
    """Forty images of one ship and ten of three, so that what is said repeats."""
    counts = [1 if number % 5 else 3 for number in range(50)]
    drawn = [tuple(box("ship", 20 + 80 * n, 120, 35 + 80 * n, 135) for n in range(count)) for count in counts]
    annotations = [AnnotatedImage("made", 256, 256, boxes, complete=frozenset({"ship"})) for boxes in drawn]
    data = captioned([], ["made"] * 50, annotations, np.random.default_rng(0))
    known = known_truth(data, np.random.default_rng(1))
    said = known_sayings(data, known, np.random.default_rng(2))
    assert (known[data.right > 0] > 0.5).all(), "what was said of an image is true of it"
    assert (known < 0).any(), "and not all is"
    assert _first_true({TRUTH: known, SAYING: said}, data) == {TRUTH: 1.0, SAYING: 1.0}
    assert (known[said > 1] > 0).all(), "nothing false is ever said"
    often, one = data.right.sum(0), np.array(counts) == 1
    drawn_again = (np.abs(said) > 0.5)[one]  # else it is the known truth alone
    frequent, rare = (drawn_again[:, chosen].mean() for chosen in (often > 1, often == 1))
    assert frequent > 2 * rare > 0, "what is said of many like it is said of an image more often"


def test_random_retrieval_is_chance() -> None:
    words = [str(number) for number in range(400)]
    found, expected = [], []
    for seed in range(12):  # one alone strays by two hundredths
        rng = np.random.default_rng(seed)
        data = together([], [], [rng.choice(words, 5).tolist() for _ in range(300)])
        found.append(recalls(rng.random(data.right.shape), data.right))
        expected.append(chance(data.right))
    for k in (1, 5, 10):
        for way in ("image_to_text", "text_to_image"):
            means = [np.mean([getattr(each, way)[k] for each in every]) for every in (found, expected)]
            assert means[0] == pytest.approx(means[1], abs=0.02), (way, k)


@pytest.mark.parametrize(("first_image", "expected"), [(0, 0.75), (3, 0.25)])
def test_a_caption_is_asked_as_often_as_it_occurs(first_image: int, expected: float) -> None:
    data = together([], [], [["common"], ["common"], ["common"], ["rare"]])
    similarity = np.zeros((4, 2))
    similarity[first_image] = 1  # is nearest to both texts
    assert recalls(similarity, data.right).text_to_image[1] == expected


# zero-shot


def flat(value: int) -> NDArray[np.uint8]:
    return np.full((40, 32), value, np.uint8)


def test_zero_shot_of_a_model_that_knows_the_classes(bench: Bench) -> None:
    data = Labelled("made", (SEA, TOWN), [flat(DARK)] * 3 + [flat(BRIGHT)], np.array([0, 0, 0, 1]), ["a"] * 4)
    found = score(bench, bench.contestants[0], data)
    assert (found.by_name, found.seen.mean, found.origin) == (1.0, 1.0, {"a": 1.0})
    assert found.held_out is not None
    assert found.held_out.mean == found.words["sea sea"] == 1.0


def test_zero_shot_of_swapped_labels_is_nothing(bench: Bench) -> None:
    data = Labelled("made", (SEA, TOWN), [flat(DARK), flat(BRIGHT)], np.array([1, 0]), ["a", "b"])
    assert score(bench, bench.contestants[0], data).by_name == 0


def test_a_set_is_balanced_and_needs_two_classes(bench: Bench) -> None:
    cuts = {SEA: [(flat(1), "x")] * 500, TOWN: [(flat(2), "x")] * 3}
    found = collect(bench, "made", cuts)
    assert found is not None
    assert np.bincount(found.labels).tolist() == [QUICK.per_class, 3]
    assert collect(bench, "made", {SEA: cuts[SEA], TOWN: []}) is None


def test_simulated_images_only_fill_up(bench: Bench) -> None:
    cuts = {SEA: [(flat(1), "ssdd")] * 4 + [(flat(2), "simulated")] * 30, TOWN: [(flat(3), "simulated")] * 30}
    found = collect(bench, "made", cuts)
    assert found is not None
    assert found.origins.count("ssdd") == 4
    assert np.bincount(found.labels).tolist() == [QUICK.per_class] * 2


def test_simulated_scenes_are_stretched_as_the_product_does() -> None:
    """Whatever the gain of the instrument: next to nothing is white, and the middle lies in the middle."""
    amplitude = np.sqrt(np.random.default_rng(0).gamma(4.0, size=(96, 128))).astype(np.float32)
    found = stretched(amplitude)
    assert found.dtype == np.uint8 and found.min() >= 1
    assert (found == 255).mean() == pytest.approx(0.005, abs=0.003)
    assert 100 < np.median(found) < 200
    assert np.abs(stretched(400 * amplitude).astype(int) - found).max() <= 1


def test_tiles_are_of_one_kind_and_without_nodata() -> None:
    made = picture([(30, 40)], (128, 192))
    assert len(list(tiles([made], ("sea",), 1.0, 64))) == 5
    made.pixels[:, 128:] = 0
    assert len(list(tiles([made], ("sea",), 1.0, 64))) == 3


def test_crops_of_ships_lie_inside_and_off_the_land() -> None:
    made = picture([(60, 48), (5, 5), (120, 60)], (96, 160))
    assert len(list(ships([made]))) == 2
    made.kinds[40:80, 110:140] = KIND["harbor"]
    assert len(list(ships([made]))) == 1


def test_inshore_is_where_any_land_is() -> None:
    made = picture([])
    assert not is_inshore(made)
    made.kinds[:, :4] = KIND["harbor"]
    assert is_inshore(made)


# points and counts


def test_points_of_a_model_that_sees_every_ship() -> None:
    pictures = [picture([(40, 40), (100, 52)]), picture([]), picture([(60, 60)], (128, 96))]
    judged = judge(FakeModel(), pictures)
    found = measure(judged, 0.3)
    assert (found.f1, found.count_mae, found.count_exact) == (1, 0, 1)


def test_prompts_asked_together_answer_as_if_alone() -> None:
    pictures = [picture([(40, 40), (100, 52)])]
    together_, alone = judge_all(FakeModel(), pictures, ["ship", "fields"]), judge(FakeModel(), pictures, "ship")
    assert np.array_equal(together_["ship"][0].scores, alone[0].scores)
    assert together_["fields"][0].scores.max(initial=0) < alone[0].scores.max()


def test_a_second_point_in_a_box_is_wrong() -> None:
    points = np.array([[40, 40], [42, 41], [90, 90]], np.float32)
    found = judge_points(points, np.ones(3, np.float32), picture([(40, 40)]))
    assert found.right.tolist() == [True, False, False]
    assert found.objects == 1


def test_points_and_boxes_are_parted_by_where_they_lie() -> None:
    points = np.array([[40, 40], [90, 60], [42, 80]], np.float32)
    found = judge_points(points, np.array([0.9, 0.8, 0.7], np.float32), picture([(40, 40), (90, 60), (100, 20)]))
    left, right = (found.within(lambda x, _, left=left: (x < 64) == left) for left in (True, False))
    assert left.right.tolist() == [True, False] and left.objects == 1
    assert right.right.tolist() == [True] and right.objects == 2
    assert right.scores.tolist() == [np.float32(0.8)]


def test_ground_that_training_shows_and_other_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training picture covers the left part and reaches out of the picture."""
    seen = {"made/up": (Seen("made/up", "made/other", -20, -30, 100, 94),)}
    monkeypatch.setattr(points, "seen_ground", lambda: seen)
    places = np.array([[40, 40], [90, 60], [42, 80], [42, 85]], np.float32)
    found = judge_points(places, np.linspace(0.9, 0.6, 4).astype(np.float32), picture([(40, 40), (90, 60), (100, 20)]))
    old, new = on_ground(found, SEEN), on_ground(found, NEW)
    assert on_ground(found, "") is found
    assert old.xy.tolist() == [[40, 40]] and old.objects == 1, "no row from 80 on"
    assert new.xy.tolist() == [[90, 60], [42, 80], [42, 85]] and new.objects == 2
    monkeypatch.setattr(points, "seen_ground", dict)
    assert on_ground(found, NEW).objects == 3 and on_ground(found, SEEN).objects == 0


def test_the_curve_of_perfect_points_has_precision_one() -> None:
    judged = [judge_points(np.array([[40, 40]], np.float32), np.ones(1, np.float32), picture([(40, 40), (90, 60)]))]
    assert curve(judged) == Curve([0.5], [1.0])


def scored(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> Judged:
    """Points of one box, all in one place."""
    return Judged(np.zeros((len(scores), 2), np.float32), scores, right, np.zeros((1, 2), np.float32), False, "drawn")


@given(rise=st.floats(0.3, 4), fall=st.floats(0.3, 4), offset=st.floats(-2, 2), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_curve_is_found_from_what_was_drawn_with_it(rise: float, fall: float, offset: float, seed: int) -> None:
    """To a twentieth of probability, where the scores are."""
    rng = np.random.default_rng(seed)
    truth = Calibration(rise, fall, offset)
    scores = rng.uniform(0, 1, 20_000).astype(np.float32)
    right = rng.random(len(scores)) < calibrated(scores, truth)
    found = fit_curve([scored(scores, right)])
    assert found.rise >= 0 and found.fall >= 0
    seen = np.linspace(0.1, 0.95, 50, dtype=np.float32)
    np.testing.assert_allclose(calibrated(seen, found), calibrated(seen, truth), atol=0.05)


def test_a_side_that_would_fall_with_the_score_is_left_out() -> None:
    """Right by halves from .5 on, hardly ever below: the score's nearness to 1 says nothing, or too little."""
    scores = np.linspace(0.1, 0.999, 4000, dtype=np.float32)
    right = (scores > 0.5) & (np.arange(len(scores)) % 2 == 0)
    found = fit_curve([scored(scores, right)])
    assert found.rise > 0 and found.fall == 0
    with pytest.raises(ValueError, match="the better they score"):
        fit_curve([scored(scores, scores < 0.3)])


# probes


def made_chips(features: NDArray[np.float32], labels: NDArray[np.intp], training: int) -> Chips:
    return Chips([flat(1)] * len(features), labels, np.arange(len(features)) // 8, training, np.ones(len(labels), bool))


def test_a_probe_on_separable_features_is_perfect_and_on_noise_is_chance(bench: Bench) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 400)
    clear = (np.eye(4)[labels] + 0.01 * rng.standard_normal((400, 4))).astype(np.float32)
    noise = rng.standard_normal((400, 6)).astype(np.float32)
    chips = made_chips(clear, labels, 240)
    found = probe(bench, "clear", clear, chips)
    assert found.full == 1
    assert found.shots[1].mean > 0.95
    assert list(found.shots) == [1, 4, 8, 16, 32]
    assert probe(bench, "noise", noise, chips).full == pytest.approx(0.25, abs=0.12)


def test_a_probe_never_sees_the_validation_part(bench: Bench) -> None:
    labels = np.array([0, 1] * 30)
    features = np.eye(2)[labels].astype(np.float32)
    features[40:] = features[40:, ::-1]  # the other way round where it is measured
    assert probe(bench, "swapped", features, made_chips(features, labels, 40)).full == 0


# large images


def test_large_images_have_the_shape_asked_for() -> None:
    square, tall, wide = (shape_of(1024, number) for number in range(3))
    assert (square, tall, wide) == ((1024, 1024), (1024, 768), (512, 1024))
    assert len({shape_of(1024, number) for number in range(6)}) == 5
    ground, other = [np.full((128, 128), 5, np.uint8)], [np.full((128, 128), 9, np.uint8)]
    for shape in ((300, 225), (1000, 520)):
        rng = np.random.default_rng(1)
        assert (laid_out(ground, other, 0.0, shape, rng) == 5).all()
        image = laid_out(ground, other, 0.1, shape, rng)
        assert image.shape == shape
        whole = (shape[0] // 128) * (shape[1] // 128)
        assert (image == 9).sum() == max(1, round(0.1 * whole)) * 128 * 128


# the bench


def test_draws_do_not_depend_on_what_was_drawn_before(bench: Bench) -> None:
    other = Bench(bench.data, bench.contestants, QUICK)
    other.rng("something else").random(100)
    assert bench.some(range(1000), 7, "a") == other.some(range(1000), 7, "a")
    assert bench.some(range(1000), 7, "a") != bench.some(range(1000), 7, "b")
    assert bench.some([3, 1], 7, "a") == [3, 1]


def test_absent_data_is_no_pictures(bench: Bench) -> None:
    for name in ("ssdd", "hrsid", "mstar", "floods"):
        assert bench.part(name) == []


def test_results_are_plain_data(bench: Bench) -> None:
    data = Labelled("made", (SEA, TOWN), [flat(DARK), flat(BRIGHT)], np.array([0, 1]), ["a", "b"])
    assert asdict(score(bench, bench.contestants[0], data))["confusion"] == [[1, 0], [0, 1]]
