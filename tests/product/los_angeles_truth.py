"""What is where in the Los Angeles scene, by eye.

Tiles are of 128 px, (row, column) from the upper left corner; ships and islands are (row, column) in pixels.
"""

from __future__ import annotations

TILES: dict[str, tuple[tuple[int, int], ...]] = {
    # the Pacific in the west, and off Long Beach where no ship lies
    "open sea": (
        *((8, 0), (9, 0), (10, 0), (10, 1), (11, 0), (11, 1), (11, 2), (12, 0), (12, 1), (12, 2)),
        *((13, 0), (13, 1), (13, 2), (13, 3), (14, 1), (14, 2), (14, 3), (14, 4), (15, 2), (15, 4), (15, 5)),
        *((36, 32), (36, 34), (37, 33), (37, 34), (37, 35), (38, 34), (39, 30), (39, 31), (39, 36), (39, 37)),
    ),
    # tiles in which a clear ship lies at anchor
    "ships at sea": ((38, 30), (38, 32), (39, 32), (38, 25), (39, 35)),
    # basins, quays and terminals of Los Angeles and Long Beach
    "harbor": (
        *((34, 21), (34, 22), (34, 23), (35, 21), (35, 22), (35, 23), (35, 24), (36, 22), (36, 23), (37, 22)),
        *((37, 23), (37, 24), (38, 21), (38, 23), (34, 25), (34, 26), (35, 25), (35, 26), (35, 27), (36, 27)),
        *((36, 28), (37, 29), (33, 26)),
    ),
    # the basin
    "urban area": (
        *((9, 18), (10, 17), (12, 18), (14, 18), (18, 14), (18, 20), (18, 26), (18, 32), (20, 16), (20, 22)),
        *((20, 28), (20, 34), (22, 14), (22, 20), (22, 26), (22, 32), (24, 16), (24, 22), (24, 28), (24, 34)),
        *((26, 18), (26, 30), (28, 30), (29, 28), (30, 27), (31, 28), (31, 29), (32, 29), (6, 14), (8, 18)),
        # the west, from Santa Monica to Culver City: added after a look at a map that was right on the rest only
        *((5, 5), (6, 3), (6, 5), (7, 3), (7, 6), (8, 5), (8, 9), (9, 6), (9, 8), (10, 7), (5, 8), (6, 9)),
        *((5, 12), (3, 13)),
    ),
    # the Santa Monica Mountains
    "mountains": (
        *((0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4)),
        *((2, 0), (2, 1), (2, 2), (2, 3), (3, 0), (3, 1), (3, 2)),
    ),
}

CLEAR_SHIPS: tuple[tuple[int, int], ...] = (
    *((4874, 3904), (4875, 4111), (5078, 4169), (4998, 4552), (4907, 3497), (4975, 3290)),
    *((4811, 3258), (4758, 3340), (4761, 3082), (4630, 3994), (5027, 3184)),
)
"""Ships at anchor outside the quays."""

OIL_ISLANDS: tuple[tuple[int, int], ...] = ((4549, 4050), (4697, 4015), (4720, 4276))
"""Round, bright and not ships."""

BREAKWATER: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (
    ((5100, 3100), (4940, 3520)),
    ((4940, 3520), (4940, 3745)),
    ((4940, 3808), (4940, 4298)),
)
"""The thin line that closes the roads, as segments between (row, column)."""

OPEN_WATER: tuple[int, int, int, int] = (4840, 3560, 5120, 4560)
"""First and last row and column of water off Long Beach, breakwater included, without quays or shore:
(row, column, row stop, column stop)."""
