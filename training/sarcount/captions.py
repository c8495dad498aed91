"""The ten captions among which a model chooses, after RemoteCount (RemoteCLIP, arXiv 2306.11029)."""

from __future__ import annotations

from typing import Literal

NUMBERS = range(1, 11)
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TEMPLATE = "a SAR image of {number} {things}"
PLURALS = {"ship": "ships", "tank": "storage tanks", "aircraft": "aircraft", "vehicle": "vehicles"}
SINGULARS = {"tank": "storage tank"}

Style = Literal["words", "digits"]


def candidates(kind: str, style: Style = "words", template: str = TEMPLATE) -> tuple[str, ...]:
    """Ten captions that differ only in the number, from one to ten; the true one is at `count - 1`.

    Args:
        kind: One of those in `PLURALS`.
        style: "words" (three ships) or "digits" (3 ships).
        template: With places for `{number}` and `{things}`.

    Raises:
        ValueError: The kind is not counted, or the style does not exist.
    """
    if kind not in PLURALS:
        raise ValueError(f"kind {kind!r} is not counted: use one of {', '.join(PLURALS)}")
    if style not in ("words", "digits"):
        raise ValueError(f"style {style!r} does not exist: use 'words' or 'digits'")
    things = [SINGULARS.get(kind, kind) if number == 1 else PLURALS[kind] for number in NUMBERS]
    spelled = WORDS if style == "words" else tuple(str(number) for number in NUMBERS)
    return tuple(template.format(number=number, things=thing) for number, thing in zip(spelled, things, strict=True))
