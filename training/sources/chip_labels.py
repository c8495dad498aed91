"""Our own labels of the unlabelled Sentinel-1 chips: one letter for each 128 x 128 px cell, by eye.

Eight rows of eight letters, north up. A dot is a cell nobody could be sure of. Harbour, ships and
platforms of chip 199 are left out of the letters for the same reason.
"""

from __future__ import annotations

LETTERS = {
    "U": "urban", "I": "industry", "M": "mountains", "V": "vegetation", "F": "fields",
    "S": "sea", "W": "inland water", "A": "airport", "B": "bare", ".": "unknown",
}  # fmt: skip

CELL_PX = 128

_TOWN = "UUUUUUUU " * 8
CHIP_LABELS: dict[str, str] = {
    "003": "....MMMM ....MMMM UUU....M ........ ....M... U....... .....M.. .......U",
    "014": "UUUUUUUU UUUUUUUU UUUUUUUU UUUUUUUU FFF...UU FFF...F. FF...MMM FF..MMMM",
    "018": ".MMMM..V MMMMM..V MMMMM..U MMM..UUU .MM.UUUU MMMM.UUU MMMM.UUU MMMM.UUU",
    "020": "UUUUUUUU UUUUUUUU UU..UUUU UUA.UUUU UUA.UUUU UU..UUUU ........ UU..V.UU",
    "030": "......MM .U....MM UUUUU... MM...... MMM..... MMMM.MMM MMMMMMMM MMM.MMMM",
    "034": "UUUUUUUU UUUUUUUU UUUUUUUU MMM...U. MMM..... MMMMMMMM MMMMMMMM MMMMMM..",
    "156": "UUF..III UUU..III FFU.FFU. .FFFF.UU FFFFUUFU ...UUUFU .UUUUUUU UUUUUUUU",
    "161": "UUUU.U.. ........ .MMMMMMM MMMMMMMM MMMMMMMM MMMMMMMM MMMMMMMM MMMMMMMM",
    "163": _TOWN,
    "165": "MMMMMMMM MM.MMMMM UU...MMM UUUUU.MM UUUUUUUU UUUUUUUU UUUUUUUU UUUUUUUU",
    "169": "M.UUUUU. M..UUUUU ..UUUUUU .UUUUUUU ..UUUUUU UUUUUUUU UUUUUUUU UUUU....",
    "172": "UUUUU..V UUUUUU.U UUUUUU.V UUUU...V UUU.FF.. UU..FF.. ..U....V ..UUU.VV",
    "176": _TOWN,
    "187": "U.AAUUUU U.AAUUUU U.UUUUUU FF.FUUUU FFFUUUUU .FF.UUUU ..F.UUUU UUUUUUUU",
    "189": _TOWN,
    "199": "..UUUUUU ....UUUU SS....UU SSS...UU SSSS..UU SSSSS.UU S..S.S.U SSSSSSS.",
    "202": "UUUUU... UUUUU... UUU.UUU. UUU.UUU. UUUUUU.. UUUUUU.. ..UUUUUU V..UUUUU",
    "208": "MMMM.UUV ..M.UUUU ....UUUU ....UUUU UUUUUUUU ...UUUUU ...UUUUU V.UUUUUU",
    "214": "MMMM.UU. MMMMUUUU MMMMMUUU MMMMM.UU MMMMMM.U MMMMM.UU MMMMM.UU MMMMMM..",
    "247": "VVVVVVVV VVVVVVVV VV.VVVVV VVV..VV. VVV...V. VVVVV... ........ VV.VVVVV",
    "253": "VWVVVV.V VWVVVV.. V....... VV.....V VVVVV.VV VVVVV.VV VVVVV.VV VVVVVV.V",
    "256": "VVV.UUUU ..UUUUUU UUUUUUUU UUUUUUUU .UUUUUUU U.UUUUUU UUUUUUUU UUUUUUUU",
    "258": "UUVVUUUU UUV.UUUU UUU.UUUU UUUU.... UUUU.... UUUU.... ........ UUUUUUUU",
    "260": "........ .....V.. .....V.. ........ UUU..... UUU..... ........ ...U....",
    "262": "FFFFFFFF FFFFFFFF FF..FFFF FF..FFFF FFF.FFFF FFFF..FF FFFFF.FF FFFFFFFF",
    "268": _TOWN,
    "270": _TOWN,
    "272": "........ ..U..... ...F.... .....FFF .....FFF ..FFFFFF FFFFFFFF FFFFF..F",
    "274": ".FFFF... ..FFF..F F..F..FF FFFF..FF FFFFF.FF .FFFFFFF .FFFFFFF FFFFFFFF",
    "281": "UU..UUUU UU..U..U UU..AIUU UU..AIIU ....A.I. ...AA... U..AAI.. ...UUUUU",
    "283": "UUUUUUUU UUU.UUUU UUU.UUUU UU.UUUUU UUUUUUUU UUUUUU.U U...UUUF ....UU.F",
}
