"""Types that data sets name by folder, spelled as captions know them."""

from __future__ import annotations

from training.d2c.words import CLASS_WORDS

SPELLINGS = {
    "BTR60": "BTR_60", "BTR_70": "BTR70", "BRDM2": "BRDM_2", "ZSU234": "ZSU_23_4", "A320": "A320321",
    "Cargo": "cargo ship", "Tanker": "tanker", "Passenger": "passenger ship", "Tug": "tug",
}  # fmt: skip
SHIP_TYPES = frozenset({"cargo ship", "tanker", "passenger ship", "tug"})
KNOWN = SHIP_TYPES | {name for group in CLASS_WORDS for name in group}


def class_words(label: str) -> tuple[str, ...]:
    """What a chip of one object shows, for `AnnotatedImage.scene_words`; nothing where captions have no word for it."""
    name = SPELLINGS.get(label, label)
    return (name,) if name in KNOWN else ()
