"""Images of any size with everything that is known of them, and captions that are asked of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.concepts import (
    ASHORE,
    CONCEPT,
    CONCEPT_NAMES,
    FALSE,
    INSHORE_LAND,
    KIND,
    KINDS,
    LEAST_ASHORE,
    OBJECT_KINDS,
    TRUE,
    UNKNOWN,
    tile_truth,
)
from training.d2c import AnnotatedImage, captions, from_picture
from training.d2c.facts import Fact, Scene, holds, scene_of
from training.d2c.words import class_words, nouns, rivals
from training.mmsar.shared import acquisition
from training.sources.picture import SQUARE_PX, Picture, share_ashore, square_around

# kinds that a data set's annotators left none of out
COMPLETE = {
    "ssdd": ("ship",), "hrsid": ("ship",), "simulated": OBJECT_KINDS, "mstar": ("vehicle",), "sar_acd": ("aircraft",),
}  # fmt: skip
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
OPENINGS = ("a SAR image of", "a radar image showing", "SAR image,")
_COUNTED = tuple(range(1, len(NUMBERS) + 1))
_WHOLE = 0.35  # share of the images that are whole pictures
_SIDES_PX = (150, 1000)
_OF_ONE = 0.08  # share of the images that are a square around an object, as one would be cut to ask what it is
_TRIES = 12  # cuts to choose among, so that counts come out more evenly
_SHORE_WEIGHT = 3.0  # of images that a little land is in
_LITTLE = 0.06  # of an image
_COUNT_WEIGHT = np.array([0.25, *[1.0] * len(NUMBERS), 0.25])  # of images by their objects; the last of all above ten


@dataclass(frozen=True, eq=False)
class CaptionedImage:
    """Pixels and what is known of them.

    Attributes:
        pixels: uint8 (H, W), 0 invalid.
        known: What captions may say.
    """

    pixels: NDArray[np.uint8]
    known: AnnotatedImage

    @property
    def scene(self) -> Scene:
        """The same, worked out; kept as long as the image lives."""
        return scene_of(self.known)

    @property
    def of_object(self) -> bool:
        """Whether it is a square around an object rather than one of what lies around."""
        small = len(self.known.objects) > 0 and max(self.pixels.shape) <= SQUARE_PX[1]
        return small and self.known.ground is not None and share_ashore(self.known.ground) < LEAST_ASHORE

    @property
    def touches_land(self) -> bool:
        """Whether there is a little land in it: such an image is of an inshore scene, and looks least like one."""
        ground = self.known.ground
        return ground is not None and INSHORE_LAND < share_ashore(ground[::8, ::8]) < _LITTLE

    @cached_property
    def names(self) -> NDArray[np.int8]:
        """What each concept's names are of the image as a whole, (concepts,): 1 true, 0 false, -1 unknown."""
        if self.known.ground is None:
            return np.full(len(CONCEPT_NAMES), UNKNOWN, np.int8)
        shares = np.bincount(self.known.ground.ravel(), minlength=len(KINDS)) / self.known.ground.size
        centers = np.bincount([KIND[item.kind] for item in self.known.objects], minlength=len(KINDS))
        named: NDArray[np.int8] = tile_truth(shares[None].astype(np.float32), centers[None].astype(np.float32))[0]
        ashore = float(shares[list(ASHORE)].sum()) > INSHORE_LAND
        if ashore and named[CONCEPT["ship"]] == TRUE:  # of a whole image one of the two is said, not both
            named[CONCEPT["ships near harbor"]], named[CONCEPT["ships at sea"]] = TRUE, FALSE
        return named


class Text(NamedTuple):
    """A sentence and what it claims."""

    text: str
    facts: tuple[Fact, ...]
    whole: bool = True  # whether the facts are all it claims


class Question(NamedTuple):
    """What is asked of one image: a true sentence, and sentences that are false of it."""

    true: Text
    false: tuple[Text, ...]
    caption: bool = True  # whether the true one is what D2C says of the image, not a question beside it

    @property
    def number(self) -> int:
        """How many there are where that is what is asked, else 0."""
        return int(self.true.facts[0].value) if self.counted else 0

    @property
    def counted(self) -> str:
        """The kind whose number is asked, or nothing."""
        asked = not self.caption and self.true.facts[0].claim == "count"
        return self.true.facts[0].subject if asked else ""


def known_of(picture: Picture) -> AnnotatedImage:
    """A training picture as D2C takes it: which kinds are complete, how it was taken, the type its folder names."""
    collection, _, rest = picture.name.partition("/")
    words = (rest.split("/")[0],) if collection in ("mstar", "sar_acd") else ()
    return from_picture(picture, COMPLETE.get(collection, ()), scene_words=words, **acquisition(picture.name))


def draw_images(
    sets: Mapping[str, Sequence[Picture]], shares: Mapping[str, float], number: int, rng: np.random.Generator
) -> Iterator[CaptionedImage]:
    """Whole pictures and cuts of them, mirrored at random, with counts of objects as even as they can be had.

    Args:
        sets: Pictures by name of their set.
        shares: How often each set is drawn.
        number: How many images.
        rng: Source of all draws.
    """
    names = [name for name in shares if len(sets.get(name, ()))]
    weights = np.array([shares[name] for name in names])
    crowded = {name: _share_of_objects(sets[name]) for name in names}
    seen = {name: np.ones(len(NUMBERS) + 2) for name in names}
    for _ in range(number):
        name = names[rng.choice(len(names), p=weights / weights.sum())]
        chosen = rng.choice(len(sets[name]), _TRIES, p=crowded[name])
        if rng.random() < _OF_ONE and len(sets[name][chosen[0]].objects):
            yield _cut(sets[name][chosen[0]], rng, of_object=True)
            continue
        options = [_cut(sets[name][row], rng) for row in chosen]
        counts = [min(sum(_counts(option).values()), len(NUMBERS) + 1) for option in options]
        rarity = _COUNT_WEIGHT[counts] / seen[name][counts]
        rarity *= [_SHORE_WEIGHT if option.touches_land else 1.0 for option in options]
        choice = int(rng.choice(_TRIES, p=rarity / rarity.sum()))
        seen[name][counts[choice]] += 1
        yield options[choice]


def _share_of_objects(pictures: Sequence[Picture]) -> NDArray[np.float64]:
    """How often each picture is drawn: the oftener the more objects it has, as cuts of others never show many."""
    weight = np.array([1.0 + min(len(picture.objects), 2 * len(NUMBERS)) for picture in pictures])
    return weight / weight.sum()


def _cut(picture: Picture, rng: np.random.Generator, *, of_object: bool = False) -> CaptionedImage:
    picture = _mirrored(picture, left_right=rng.random() < 0.5, up_down=rng.random() < 0.5)
    known = known_of(picture)
    if not of_object and rng.random() < _WHOLE:
        return CaptionedImage(picture.pixels, known)
    row, col, height, width = (_around_one if of_object else _anywhere)(picture, rng)
    pixels = np.ascontiguousarray(picture.pixels[row : row + height, col : col + width])
    return CaptionedImage(pixels, known.crop(col, row, width, height))


def _anywhere(picture: Picture, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """First row and column, height and width of a cut of any shape."""
    sides = np.exp(rng.uniform(*np.log(_SIDES_PX), 2))
    limits = picture.pixels.shape
    height, width = (int(min(side, limit)) for side, limit in zip(sides, limits, strict=True))
    return int(rng.integers(limits[0] - height + 1)), int(rng.integers(limits[1] - width + 1)), height, width


def _around_one(picture: Picture, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """The same of a square around one of its objects, moved and cut to lie inside the picture."""
    *start, side = square_around(picture.objects[rng.integers(len(picture.objects))])
    height, width = (min(side, limit) for limit in picture.pixels.shape)
    spare = picture.pixels.shape[0] - height, picture.pixels.shape[1] - width
    row, col = (min(max(first, 0), left) for first, left in zip(start, spare, strict=True))
    return row, col, height, width


def _mirrored(picture: Picture, *, left_right: bool, up_down: bool) -> Picture:
    step = -1 if up_down else 1, -1 if left_right else 1
    objects = picture.objects.copy()
    height, width = picture.pixels.shape
    if left_right:
        objects[:, 0], objects[:, 4] = width - objects[:, 0], np.pi - objects[:, 4]
    if up_down:
        objects[:, 1], objects[:, 4] = height - objects[:, 1], -objects[:, 4]
    pixels, kinds = (np.ascontiguousarray(plane[:: step[0], :: step[1]]) for plane in (picture.pixels, picture.kinds))
    return replace(picture, pixels=pixels, kinds=kinds, objects=objects)


def questions(image: CaptionedImage, rng: np.random.Generator, number: int = 5, false: int = 2) -> list[Question]:
    """Captions of an image with their hard negatives, and its count beside wrong ones."""
    asked = []
    for caption in captions(image.known, rng, number):
        if caption.facts:
            wrong = [Text(item.text, (item.fact,), whole=False) for item in caption.negatives]
            rng.shuffle(wrong)
            asked.append(Question(Text(caption.text, caption.facts), tuple(wrong[:false])))
    asked += [counted for _ in range(2) if (counted := _count_question(image, rng))]
    return asked + [typed for _ in range(3) if (typed := _type_question(image, rng, false + 1))]


def _type_question(image: CaptionedImage, rng: np.random.Generator, false: int) -> Question | None:
    """What type a chip shows, beside other types; None where it is not known."""
    types = [word for word in image.known.scene_words if rivals(word)]
    if not types:
        return None
    wrong = rng.choice(rivals(types[0]), false, replace=False)
    openings = (*OPENINGS, "")  # by name alone, too
    opening = openings[int(rng.integers(len(openings)))]

    def text(word: str) -> Text:
        names = class_words(word)
        return Text(f"{opening} {names[int(rng.integers(len(names)))]}".lstrip(), (Fact("scene", "", word),))

    return Question(text(types[0]), tuple(text(str(word)) for word in wrong), caption=False)


def count_caption(count: int, kind: str, rng: np.random.Generator) -> str:
    """A sentence about a number of objects, as SARCount asks it: in words or digits."""
    choices = nouns(kind)
    noun = choices[int(rng.integers(len(choices)))]
    number = NUMBERS[count - 1] if rng.random() < 0.5 else str(count)
    opening = OPENINGS[int(rng.integers(len(OPENINGS)))]
    return f"{opening} {number} {noun.one if count == 1 else noun.more}"


def _counts(image: CaptionedImage) -> Counter[str]:
    """How many objects of each kind there are, of kinds that are known to a number; none of a chip, of one always."""
    known = image.known
    return Counter(item.kind for item in known.objects if item.kind in known.complete and not known.scene_words)


def _count_question(image: CaptionedImage, rng: np.random.Generator) -> Question | None:
    counts = _counts(image)
    choices = sorted(kind for kind, count in counts.items() if count in _COUNTED)
    if not choices:
        return None
    kind = choices[int(rng.integers(len(choices)))]
    count = counts[kind]
    wrong = [number for number in _COUNTED if number != count]
    state = rng.bit_generator.state  # the same words around every number

    def text(number: int) -> Text:
        rng.bit_generator.state = state
        return Text(count_caption(number, kind, rng), (Fact("count", kind, number),))

    return Question(text(count), tuple(text(number) for number in wrong), caption=False)


def truth(scene: Scene, text: Text) -> int:
    """1 where everything a text claims holds of a scene, 0 where something does not, -1 where nobody can say."""
    answers = [holds(scene, fact) for fact in text.facts]
    if False in answers:
        return 0
    return 1 if text.whole and None not in answers else -1
