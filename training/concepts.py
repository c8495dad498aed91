"""What the first models learn to name: kinds of ground and object, their phrases, and when each is true.

A *kind* is what a pixel is, one of `KINDS`. A *concept* is what a phrase says; over a cell or a tile it
is true, false, or unknown. Unknown is common and honest: a box of a ship says nothing about the land
behind it, and "industry" is neither true nor false where an annotator drew "town". Unknown pairs take
no part in the loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulate import KINDS as SIMULATED_KINDS

# types of vehicles and airliners, each a kind of its own where a data set names them
VEHICLE_TYPES = ("2S1", "BMP2", "BRDM_2", "BTR70", "BTR_60", "D7", "T62", "T72", "ZIL131", "ZSU_23_4")
AIRLINER_TYPES = ("A220", "A320321", "A330", "ARJ21", "Boeing737", "Boeing787")
TYPES = (*VEHICLE_TYPES, *AIRLINER_TYPES)
# "land": dry ground of an unknown kind; "clutter": anything but an object; "vegetation": forest or fields
KINDS: tuple[str, ...] = (*SIMULATED_KINDS, "land", "clutter", "vegetation", *TYPES)
KIND = {name: index for index, name in enumerate(KINDS)}
OBJECT_KINDS = ("ship", "tank", "aircraft", "wind turbine", "oil platform", "vehicle")
LAND_KINDS = (
    *("harbor", "urban", "industry", "forest", "fields", "mountains", "bare"),
    *("airport", "tank", "aircraft", "vehicle", "wind turbine", "land", "vegetation"),
)
# kinds of pixel that are land, and the share of them from which the ships of a picture are near it
ASHORE = tuple(KIND[kind] for kind in (*LAND_KINDS, "breakwater", "bridge", "island") if kind not in OBJECT_KINDS)
INSHORE_LAND = 0.01
LEAST_ASHORE = 0.2  # of a small image around a ship, from where on it is one of a harbor as well

TRUE, FALSE, UNKNOWN = 1, 0, -1
UNKNOWN_SHARE = 0.4  # of a tile: with as much unknown, what was not seen may still be there


@dataclass(frozen=True, slots=True)
class Concept:
    """Phrases of one meaning and the kinds of which it is true.

    Attributes:
        phrases: What people call it; any of them may be drawn in training.
        true: Kinds it names.
        unknown: Kinds of which it is neither true nor false.
        share: Share of a tile its kinds must cover to be true of the tile.
        held_out: Phrases never used in training, for the measurement of words the model has not seen.
    """

    phrases: tuple[str, ...]
    true: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    share: float = 0.35
    held_out: tuple[str, ...] = ()


CONCEPTS: dict[str, Concept] = {
    "sea": Concept(
        (
            *("sea", "ocean", "sea surface", "open water"),
            *("salt water", "the sea", "marine water", "waves at sea"),
            *("sea area", "ocean water", "coastal water", "rough sea", "sea with waves"),
            *("offshore waters", "seawater", "the ocean"),
        ),
        ("sea", "oil slick"),
        ("ship", "breakwater", "oil platform", "clutter", "inland water", "bridge", "island"),
        held_out=("Pacific", "gulf"),
    ),
    "water": Concept(
        (
            *("water", "water surface", "water body", "calm water", "body of water"),
            *("smooth water", "waters", "open water surface", "dark water", "wet area"),
        ),
        ("sea", "inland water", "flood", "oil slick"),
        ("ship", "breakwater", "oil platform", "clutter", "bridge", "island"),
    ),
    "land": Concept(
        (
            *("land", "dry land", "ground", "land surface", "terrain"),
            *("solid ground", "mainland", "land area", "dry ground", "earth surface"),
        ),
        LAND_KINDS,
        ("clutter", "island", "breakwater", "bridge"),
    ),
    "ship": Concept(
        (
            *("ship", "ships", "vessel", "vessels", "boat"),
            *("boats", "cargo ship", "tanker", "container ship"),
            *("a ship", "moored ship", "anchored ships", "merchant ship", "bulk carrier", "fishing boat"),
            *("ships at anchor", "a vessel under way", "warship", "ferry", "barge"),
            *("large ship", "small ship", "two ships", "several ships", "many ships", "a small boat", "large vessel"),
            *("oil tanker", "cargo vessel", "freight ship"),
            *("cruise ship", "passenger ship", "sailing boat", "motorboat"),
            *("tugboat", "patrol boat", "naval vessel", "navy ship", "frigate", "dredger", "coaster", "watercraft"),
            *("fishing vessel", "gas carrier", "ships moored side by side"),
            *("a row of boats", "seagoing vessel", "steamship"),
        ),
        ("ship",),
        (),
        share=0.0,
        held_out=("trawler", "freighter", "yacht", "destroyer"),
    ),
    "harbor": Concept(
        (
            *("harbor", "harbour", "port", "seaport", "docks", "quay", "wharf", "pier", "container terminal"),
            *("harbor basin with quays", "port area", "ship berths"),
            *("jetty", "dockyard", "harbor facilities"),
            *("ferry terminal", "cargo terminal", "port terminal"),
            *("mooring", "dry dock", "landing stage", "harbor quay"),
            *("loading docks for ships", "naval base", "fishing port", "the port"),
        ),
        ("harbor",),
        ("ship", "breakwater", "industry", "land", "clutter", "tank", "bridge"),
        share=0.10,
        held_out=("marina", "anchorage basin", "shipyard"),
    ),
    "urban": Concept(
        (
            *("urban area", "town", "city", "built-up area"),
            *("buildings", "houses", "residential area", "suburb"),
            *("city blocks", "built-up land", "settlement"),
            *("dense urban area", "streets and houses", "housing"),
            *("built environment", "apartment blocks", "village", "urban district", "town center", "roofs and streets"),
            *("urban fabric", "housing estate", "inhabited area", "high-rise buildings"),
        ),
        ("urban",),
        ("industry", "harbor", "airport", "land", "clutter", "vehicle", "bridge", "tank", "aircraft"),
        held_out=("metropolis", "neighborhood", "downtown"),
    ),
    "industry": Concept(
        (
            *("industrial area", "industry", "factories", "warehouses"),
            *("industrial buildings", "plant", "factory halls"),
            *("industrial zone", "industrial park", "storage halls", "manufacturing plant", "power plant", "works"),
            *("large halls", "logistics center"),
        ),
        ("industry",),
        ("urban", "harbor", "land", "clutter", "tank", "airport", "vehicle"),
        held_out=("refinery",),
    ),
    "vegetation": Concept(
        (
            *("vegetation", "green land", "plants", "natural vegetation", "vegetated land", "countryside"),
            *("scrub", "bushes", "grass", "greenery", "parkland", "plant cover", "grassland and trees"),
        ),
        ("forest", "fields", "vegetation"),
        ("mountains", "bare", "land", "clutter", "vehicle", "wind turbine"),
        held_out=("shrubland",),
    ),
    "forest": Concept(
        (
            *("forest", "trees", "woods", "woodland", "tree cover", "wooded area"),
            *("woodlands", "forested land", "tall trees", "conifer forest", "canopy", "forest cover"),
        ),
        ("forest",),
        ("vegetation", "mountains", "land", "clutter"),
        held_out=("jungle", "grove"),
    ),
    "fields": Concept(
        (
            *("fields", "farmland", "agricultural land", "crops"),
            *("farm fields", "cropland", "agriculture", "meadows"),
            *("arable land", "plowed field", "farm"),
            *("agricultural fields", "crop rows", "cultivated land", "grain field"),
        ),
        ("fields",),
        ("vegetation", "bare", "land", "clutter", "vehicle"),
        held_out=("pasture", "rice paddies"),
    ),
    "mountains": Concept(
        (
            *("mountains", "mountain", "hills", "mountain range"),
            *("ridges", "steep slopes", "mountainous terrain", "valleys"),
            *("mountain slopes", "peaks", "rugged terrain"),
            *("hilly terrain", "mountain ridge", "highlands", "foothills"),
            *("steep terrain", "canyons", "mountainside"),
        ),
        ("mountains",),
        ("forest", "land", "clutter"),
        held_out=("alps", "sierra", "hillside"),
    ),
    "bare": Concept(
        (
            *("bare ground", "bare soil", "desert", "sand", "barren land", "open ground"),
            *("bare earth", "gravel", "dry soil", "sandy ground", "wasteland", "rocky ground"),
        ),
        ("bare",),
        ("fields", "mountains", "land", "clutter", "vegetation", "airport", "vehicle"),
        held_out=("dunes",),
    ),
    "inland water": Concept(
        (
            *("lake", "river", "inland water", "reservoir", "pond", "canal", "river bend", "lakes and rivers"),
            *("rivers", "waterway", "river channel", "fresh water", "water basin", "pool", "inland lake"),
        ),
        ("inland water",),
        ("sea", "flood", "ship", "clutter", "bridge"),
        held_out=("lagoon", "stream"),
    ),
    "flood": Concept(
        (
            *("flood", "flooded area", "flooded fields", "flooding", "inundated land", "flood water"),
            *("flooded land", "floods", "flooded farmland", "high water", "flooded plain", "overflowing river"),
        ),
        ("flood",),
        ("inland water", "clutter"),
        held_out=("inundation", "deluge"),
    ),
    "tank": Concept(
        (
            *("oil tank", "storage tanks", "fuel tanks", "oil storage tank", "tank farm", "round storage tank"),
            *("tanks of oil", "fuel tank", "oil storage", "oil depot", "cylindrical tanks", "storage tank", "gas tank"),
        ),
        ("tank",),
        ("industry",),
        share=0.0,
        held_out=("petroleum silo",),
    ),
    "aircraft": Concept(
        (
            *("aircraft", "airplane", "airplanes", "plane"),
            *("parked aircraft", "airliner", "jet", "passenger plane"),
            *("aircraft on the apron", "a plane", "planes", "airliners", "jets", "cargo plane", "military aircraft"),
            *("airplane on the ground", "bomber", "propeller plane"),
        ),
        ("aircraft", *AIRLINER_TYPES),
        (),
        share=0.0,
        held_out=("aeroplane", "jetliner"),
    ),
    "airport": Concept(
        (
            *("airport", "runway", "airfield", "airport runways", "apron", "airport terminal", "taxiway"),
            *("landing strip", "air base", "airport apron", "airport area", "runways", "flight field"),
        ),
        ("airport",),
        ("aircraft", "urban", "industry", "land", "clutter", "bare"),
        share=0.2,
        held_out=("aerodrome",),
    ),
    "bridge": Concept(
        (
            *("bridge", "bridge over water", "road bridge", "bridges", "crossing over the river"),
            *("bridge across a river", "highway bridge", "railway bridge", "long bridge", "overpass over water"),
        ),
        ("bridge",),
        ("clutter", "land", "harbor"),
        share=0.0,
        held_out=("viaduct",),
    ),
    "breakwater": Concept(
        (
            *("breakwater", "mole", "sea wall", "harbor breakwater", "stone breakwater"),
            *("long mole", "harbor mole", "jetty of stone", "harbour breakwater", "wave breaker", "harbor wall"),
        ),
        ("breakwater",),
        ("harbor", "land", "clutter"),
        share=0.0,
        held_out=("seawall of rubble",),
    ),
    "island": Concept(
        (
            *("island", "small island", "islet", "islands", "rocks in the sea", "artificial island"),
            *("little island", "round island", "rocky island", "islets", "skerry", "reef rocks", "oil island"),
        ),
        ("island",),
        ("land", "clutter"),
        share=0.0,
        held_out=("atoll",),
    ),
    "wind turbine": Concept(
        (
            *("wind turbine", "wind turbines", "wind farm", "offshore wind farm"),
            *("wind power plant", "turbines", "wind generator", "wind park", "turbine at sea"),
        ),
        ("wind turbine",),
        ("clutter",),
        share=0.0,
        held_out=("windmill",),
    ),
    "oil platform": Concept(
        (
            *("oil platform", "oil rig", "offshore platform", "drilling platform", "gas platform"),
            *("oil rigs", "platform at sea", "production platform", "offshore rig", "sea platform"),
        ),
        ("oil platform",),
        (),
        share=0.0,
        held_out=("drilling rig at sea",),
    ),
    "vehicle": Concept(
        (
            *("vehicle", "vehicles", "truck", "military vehicle"),
            *("armored vehicle", "battle tank", "tracked vehicle"),
            *("parked vehicles", "bulldozer", "armored personnel carrier"),
            *("car", "tank vehicle", "armoured vehicle"),
            *("trucks", "self-propelled gun", "military truck", "combat vehicle"),
            *("infantry fighting vehicle", "howitzer", "tracked vehicles"),
        ),
        ("vehicle", *VEHICLE_TYPES),
        ("urban", "industry"),
        share=0.0,
        held_out=("lorry", "jeep"),
    ),
    "oil slick": Concept(
        (
            *("oil slick", "oil spill", "oil on water", "oil film on the sea", "oil pollution"),
            *("oil leak", "slick", "oil film", "mineral oil slick", "spilled oil", "dark oil patch"),
        ),
        ("oil slick",),
        ("clutter",),
        share=0.04,
        held_out=("petroleum leak",),
    ),
}

# what a phrase says of more than one kind; their truth is worked out in `composite_truth`
COMPOSITES: dict[str, tuple[str, ...]] = {
    "open sea": (
        *("open sea", "empty sea", "open ocean", "sea without ships", "nothing but water", "calm open sea"),
        *("the high seas", "no ship on the open sea"),
    ),
    "ships at sea": (
        *("ships at sea", "ship on the open sea", "vessels at sea", "ships offshore", "ships far from land"),
        *("boats on the open water", "ships at anchor on the sea", "a ship sailing at sea"),
    ),
    "ships near harbor": (
        *("ships near harbor", "ships in the harbor", "ships at berth"),
        *("moored ships in port", "ships near the coast"),
        *("vessels at the quay", "inshore ships", "ships in port"),
        *("boats near the harbour", "ships close to shore"),
    ),
    "coast": ("coast", "coastline", "shore", "seashore", "beach", "land and sea"),
}

TEMPLATES = (
    "{}",
    "{}",
    "a SAR image of {}",
    "a radar image showing {}",
    "SAR image, {}",
    "there is {} in this radar scene",
    "{} seen by synthetic aperture radar",
    "{} in a Sentinel-1 image",
)

CONCEPT_NAMES: tuple[str, ...] = (*CONCEPTS, *COMPOSITES)
CONCEPT = {name: index for index, name in enumerate(CONCEPT_NAMES)}


def _kind_truth() -> NDArray[np.int8]:
    table = np.full((len(KINDS), len(CONCEPT_NAMES)), FALSE, np.int8)
    for column, concept in enumerate(CONCEPTS.values()):
        for kind in concept.unknown:
            table[KIND[kind], column] = UNKNOWN
        for kind in concept.true:
            table[KIND[kind], column] = TRUE
    for types, kind in ((VEHICLE_TYPES, "vehicle"), (AIRLINER_TYPES, "aircraft")):
        table[[KIND[name] for name in types]] = table[KIND[kind]]
    table[KIND["unknown"]] = UNKNOWN
    table[KIND["clutter"]] = UNKNOWN
    table[KIND["clutter"], [CONCEPT[name] for name in OBJECT_KINDS]] = FALSE
    table[:, [CONCEPT[name] for name in COMPOSITES]] = UNKNOWN
    return table


KIND_TRUTH = _kind_truth()
"""(kinds, concepts) int8: whether a pixel of that kind is what the concept says."""


# whatever of the ground around a vehicle or an airliner nobody described, it is none of these
_ON_LAND = [KIND[name] for name in ("vehicle", "aircraft", *TYPES)]
_NOT_THERE = np.isin(
    CONCEPT_NAMES, ("sea", "water", "inland water", "flood", "oil slick", "mountains", "open sea", "coast")
)


def tile_truth(shares: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.int8]:
    """Truth of every concept over tiles.

    Args:
        shares: (N, kinds) share of each kind among the tile's pixels, 1 in sum.
        centers: (N, kinds) number of object centres of each kind in the tile.

    Returns:
        (N, concepts) int8 of TRUE, FALSE, UNKNOWN.
    """
    true_share = shares @ (KIND_TRUTH == TRUE).astype(np.float32)
    unknown_share = shares @ (KIND_TRUTH == UNKNOWN).astype(np.float32)
    truth = np.full(true_share.shape, UNKNOWN, np.int8)
    truth[(true_share <= 0.002) & (unknown_share < UNKNOWN_SHARE)] = FALSE
    for column, (name, concept) in enumerate(CONCEPTS.items()):
        if name in OBJECT_KINDS:
            truth[centers[:, [KIND[kind] for kind in concept.true]].sum(1) > 0, column] = TRUE
        elif concept.share:
            truth[true_share[:, column] >= concept.share, column] = TRUE
        else:
            truth[true_share[:, column] >= 0.01, column] = TRUE
    on_land = centers[:, _ON_LAND].sum(1) > 0
    truth[on_land[:, None] & _NOT_THERE & (true_share <= 0.002)] = FALSE
    return composite_truth(shares, centers, truth)


def composite_truth(
    shares: NDArray[np.float32], centers: NDArray[np.float32], truth: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Fill the columns of the composite concepts, which speak of several kinds at once."""
    sea = shares[:, KIND["sea"]] + shares[:, KIND["oil slick"]]
    land = shares[:, [KIND[kind] for kind in (*LAND_KINDS, *TYPES)]].sum(1)
    known = shares[:, KIND["unknown"]] + shares[:, KIND["clutter"]] < 0.05
    objects = centers.sum(1) + (shares[:, [KIND[kind] for kind in OBJECT_KINDS]].sum(1) > 0)
    ships = centers[:, KIND["ship"]]
    labelled = shares[:, KIND["unknown"]] < UNKNOWN_SHARE  # elsewhere nobody said that there is no ship
    no_ship = labelled & (shares[:, KIND["ship"]] == 0) & (ships == 0)

    def fill(name: str, true: NDArray[np.bool_], false: NDArray[np.bool_]) -> None:
        truth[false, CONCEPT[name]] = FALSE
        truth[true, CONCEPT[name]] = TRUE

    fill("open sea", known & (sea > 0.98) & (objects == 0), known & ((objects > 0) | (sea < 0.7)))
    fill("ships at sea", known & (ships > 0) & (land < 0.01) & (sea > 0.6), no_ship | (known & (land > 0.25)))
    fill("ships near harbor", (ships > 0) & (land > 0.06), no_ship | (known & (land < 0.005)))
    fill("coast", known & (sea > 0.15) & (land > 0.15), known & ((sea < 0.01) | (land < 0.01)))
    return truth


def cell_truth(kinds: NDArray[np.uint8], tile: NDArray[np.int8]) -> NDArray[np.int8]:
    """Truth over cells (N,) of known kind, each within a tile of known truth (N, concepts).

    A composite about ships belongs to the ship's own cells; where there is no ship it is false, but for
    the quays and the water around, of which "ships near harbor" says something too.
    """
    truth: NDArray[np.int8] = KIND_TRUTH[kinds].copy()
    is_ship, known = kinds == KIND["ship"], (kinds != KIND["unknown"]) & (kinds != KIND["clutter"])
    around = np.isin(kinds, [KIND[kind] for kind in ("harbor", "sea", "inland water", "land", "breakwater")])
    for name in ("ships at sea", "ships near harbor"):
        column = CONCEPT[name]
        truth[is_ship, column] = tile[is_ship, column]
        truth[known & ~is_ship & ~around, column] = FALSE
        truth[(tile[:, column] == FALSE) & known & ~is_ship, column] = FALSE
    column = CONCEPT["open sea"]
    truth[known & (kinds != KIND["sea"]), column] = FALSE
    truth[(kinds == KIND["sea"]) & (tile[:, column] == TRUE), column] = TRUE
    return truth
