"""Our own labels, by eye, of the pictures that came without any or with sea and land alone (HRSID, SSDD).

How they were made: every picture was looked at, enlarged and with a grid of eight by eight cells (SSDD: four by
four) laid over it, and those with letters once more with the letters painted over. A cell got a letter only where
at least some 70 % of it is that beyond doubt, ships in it aside; a dot is a mixed cell or one nobody could be sure
of. A cell that a mole, a pier or a row of stones crosses is a dot, not sea. Quays that lie aslant to the cells were
outlined by hand and go over the letters. A letter alone stands for a whole picture.
The Los Angeles scene was not used.

Letters of SSDD tell what kind of land its land mask means; its sea stays where the mask has it.
"""

from __future__ import annotations

import re
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.concepts import KIND

LETTERS = {
    "H": "harbor", "U": "urban", "I": "industry", "S": "sea", "W": "inland water", "F": "fields",
    "V": "vegetation", "M": "mountains", "B": "bare", "A": "airport", "T": "breakwater", "L": "land", ".": "clutter",
}  # fmt: skip
"""Kinds of the letters; "L" is dry ground of a kind nobody could name, a dot anything but an object."""

SSDD_WRONG_MASKS = frozenset({"000236"})
"""Pictures whose land mask calls quays and sheds sea: their sea is not to be believed."""

# scene: row and column of its pieces of 800 x 800 that show nothing but sea and ships
HRSID_SEA: dict[str, str] = {
    "P0001": "0_10190 1800_3600 2400_4200 3000_4800 3600_600 3600_6600 4200_600 4200_7200 4800_6000 5263_7800",
    "P0002": "2400_2400 3000_2400 3600_2400 5260_1200",
    "P0003": "1800_4200 2400_4800 3000_1800 3000_3600 3000_7800 3600_4800 4200_3000 4200_6600",
    "P0005": "1200_3600 1800_4800 1800_600 2400_5400 3000_3600 3000_4200 3600_2400 3600_4200 4760_4800 600_3600",
    "P0006": "3000_1200 4200_2400 600_600",
    "P0007": "1200_4800 2400_1800 2400_3600 3000_1800 3600_3000 4800_3000 5360_6000 600_4800",
    "P0009": "1200_4800 1800_2400 3600_3600 4200_600 4200_6600 4260_6600",
    "P0010": "3000_4200 4200_1200 4800_4800 5156_3600 600_1200",
    "P0011": (
        "1800_3600 1800_4800 2400_3600 2400_6600 3000_3000 3600_600 3600_6600 4200_2400 4200_6600 4560_2400 "
        "4560_6600"
    ),
    "P0013": "1800_4200 2400_2400 3600_0 3600_6600 4200_0 4200_1200 4560_6000",
    "P0014": "1200_3000 1800_2400 1800_3000 2400_5400 3000_600 4200_6600 600_4200",
    "P0015": "1200_0 1800_5400 3600_0 3600_4200 4200_6000 4200_6600 4200_7200 4800_5400 4800_6000",
    "P0017": "1200_4800 1800_4200 2400_4800 3600_3000 4200_1800",
    "P0018": "1200_3600 1200_4200 3600_2400 3600_600 4200_3000 4200_600 5160_1200",
    "P0019": "1800_4800 4800_1200 4800_6000 5400_6000 5660_1200",
    "P0021": "3000_4200 3600_6600 4200_1800 4200_7200 5360_1200",
    "P0022": "1200_3600 3000_4200 3600_1800",
    "P0023": "4200_1200 4200_5400 4200_6600",
    "P0025": "3000_4200 4200_1800 5400_7200",
    "P0026": "1200_3600 4460_4200 4460_7200",
    "P0027": "5860_3600 5860_6000",
    "P0030": "1800_3000 2400_2400 2400_3600 3000_3000 4200_3600 4800_6600 5660_5400",
    "P0031": "3000_2400 3000_7200 3600_4800 4800_2400 4800_5400 5160_4800",
    "P0033": "1800_4200 2400_3600 4200_3000",
    "P0034": "1800_4200 4200_6000",
    "P0035": "3600_4200 4800_0 4800_1200 5400_1800 6260_2400",
    "P0037": "1200_3000 3000_1200 4660_7200 600_5400",
    "P0038": "1800_3600 2400_4200 3000_2400 3600_2400 3600_3000",
    "P0039": "1800_4200 3000_0 3600_3600 4800_2400 5400_7200",
    "P0041": "1200_2400 1800_4200 3600_4200 600_0",
    "P0042": "1200_1800 1800_1800 1800_6600 1800_7200",
    "P0043": "3000_6600 3600_2400 3600_6600 600_0 600_6600",
    "P0045": "0_5400 1800_3000 2400_1800 3000_2400 3600_3000",
    "P0046": "0_4800",
    "P0047": "1200_4200",
    "P0049": "1800_1800",
    "P0050": "2400_5400",
    "P0053": "1200_1200 1200_2400 1200_4200 600_4800",
    "P0054": "1200_3000 1800_2400 1800_4200 2400_1200 2400_4200 3400_4200",
    "P0055": "0_0 0_4800 0_5900 1200_4800 3000_3600 600_3000",
    "P0058": "1200_1800 2400_1800 2400_3000",
    "P0059": "1200_1800 1800_2400 1800_3000 3600_4200 4200_3000 600_6000",
    "P0061": "1200_4200 1800_1800 1800_3600 600_4200",
    "P0063": "0_4800 1200_3000 1200_4200 1800_3000",
    "P0065": "4000_3000",
    "P0066": "0_4800 1800_3000 3600_2400",
    "P0067": "3600_0 3600_4200",
    "P0069": "0_4200 1200_0 600_0",
    "P0070": "600_3600",
    "P0071": "0_0 0_4200 3700_3000 600_1200",
    "P0074": "1200_4200",
    "P0075": "0_1800 0_4200 1200_1800 1200_4800 1800_4800 2400_1800 2400_4200",
    "P0077": "0_2400 1200_3600 1800_3600 1800_600 2400_3000 600_2400",
    "P0078": "0_3600 1800_3000 1800_3600 3000_2400 3600_600 4700_3000",
    "P0079": "0_4800 600_600",
    "P0081": "0_3000 1200_0 1200_3000 1800_3600 4400_3600 600_3600",
    "P0082": "2400_1800 3000_600",
    "P0086": "2400_0",
    "P0089": "1200_0 1800_600",
    "P0090": "2200_2400 2200_600",
    "P0091": "1200_0",
    "P0093": "3000_600",
    "P0095": "2700_1200",
    "P0103": "1200_600 1700_600",
    "P0105": "1200_600 600_1800 600_18600",
    "P0110": "4800_2400 5400_7800 600_8400",
    "P0113": "1200_11400 1200_6000 2400_13200 3000_13200 3600_4200 3600_600 3600_6600 3600_7200 600_12000",
    "P0114": "0_0 1200_4800 1800_4800 1800_7800 1800_9000 2400_7800 3600_1200",
    "P0117": "1200_3600 1200_600 3000_0 3000_600",
    "P0118": "0_4200 0_4800 1200_600 600_4200",
    "P0121": "0_3600 0_4800 1800_1800 1800_4200 600_5400",
    "P0122": "1200_2400 600_4200",
    "P0126": "3600_10200",
    "P0127": "1200_15000 5400_0",
    "P0135": "1200_9000 1800_4800 1800_7200 2400_4800 2400_6600 2400_8400 4200_7800",
    "P0137": "10 105 18 28 42 52 53 57 58 60 87 89 93",
}

# scene, then row and column of the piece: eight rows of eight letters, top row first
HRSID_CELLS: dict[str, str] = {
    "P0001 0_9000": ".SSS.SSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS S...SS..",
    "P0001 1200_9600": ".L...... .L...... .LLL.... LLLLL... LLLLLL.. LLLLL... LLLLL... LLLLLLL.",
    "P0001 600_9600": "SSSSSSSS ...SSSSS ...SSSSS ....SSSS L...SS.. LL..S... LL...... .L......",
    "P0002 0_7800": "..LLLLLL ...LLLLL ...LLLLL .LLLLLLL ...LLLL. ...LLL.S ..SSS.SS .....S.S",
    "P0002 0_8689": "LLL.SSS. L..SSSS. ..SSSSSS .SSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS",
    "P0002 600_7800": "..SSS..S UU....SS ......SS LLLLL.SS .LLLL.SS ...LL.SS ....L.SS .....SSS",
    "P0003 0_8400": "LLLL...S LLL...SS LL..SSSS LL.SSSSS ..SSSSSS .SSSSSSS .SSSSSSS .SSSSSSS",
    "P0003 600_7800": "..SSS..S UU....SS ......SS LLLLL.SS .LLLL.SS ...LL.SS ....L.SS .....SSS",
    "P0006 0_7800": ".....SSS SSS..SSS .....SSS ....SSSS LLLLSSSS LLL.SSSS .LL.SSSS ....SSSS",
    "P0006 1200_8000": "SSSSSSSS SSSSSSS. SSSSSS.. SSSSSS.S SSSSS..S SSSS..SS SSS..SSS SSS.SSSS",
    "P0007 0_8400": "LLLLLL.S LLLL..SS LLL..SSS LL..SSSS LL.SSSSS ..SSSSSS .SSSSSSS .SSSSSSS",
    "P0007 1200_8400": "SSSSSSSS SSSSSSS. SSSSSSS. SSSSSSSS SSSSSSSS SSSSSS.. SSSSSS.. SSSSS...",
    "P0011 1200_7800": "S..SSSSS S..SSSSS S.SSSSSS ..SSSSSS .SSSSSSS .SSSSSS. SSSSSS.. SSSSSS.S",
    "P0011 1800_7200": "SSSSS.SS SSSSS.SS SSSSS.SS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS",
    "P0011 600_7800": "..L..SSS LLLLSSSS .LL.SSSS ..L.SSSS S...SSSS SS..SSSS SS.SSSSS S.SSSSSS",
    "P0015 600_8400": "..SSSSSS .SSSSSSS .SSSSSSS .SSSSSSS SSSSSSS. SSSSSSS. SSSSSSSS SSSSSSSS",
    "P0017 600_7800": "UU....SS ......SS LLLLL.SS .LLLL.SS ..LLL.SS ....L.SS L....SSS LLL.SSSS",
    "P0018 600_8889": "SSS..SS. SS.L.... SSS...LL SSS...LL SSS....L SS.L...L SS.LL... SS..L...",
    "P0019 0_7200": "UUU..... UUU.H... UUU..S.. UUU..... UUUU.... UUUU.... UUUU...L UUUU...L",
    "P0021 0_7800": "...LLLLL ...LLLLL ...LLLLL ..LLLLLL .LLLLLL. ...LLL.. ....L.SS ..SSS.SS",
    "P0021 600_7800": "...LL.SS ..SS..SS ....S..S UU....SS .LLLL.SS .LLLL.SS ..LLL.SS ...L.SSS",
    "P0022 1800_7800": "SS..SSSS S..SSSSS S.SSSSSS ..SSSSSS .SSSSSSS .SSSSSS. .SSSSS.. SSSSSS.S",
    "P0025 600_7200": ".UUU.... S.UU.... SS.U.... SS..UUUU SS...LLL SSS...LL SSS..... SSS.....",
    "P0027 1200_8289": "..SSSSSS ..SSSSSS .SSSSSSS .SSSSSSS .SSSSSSS .SSSSSSS .SSSSSSS SSSSSSSS",
    "P0027 2400_7800": "S...SSSS S..SSSSS S.SSSSSS ..SSSSSS .SSSSSSS .SSSSSS. .SSSSS.. SSSSSS.S",
    "P0027 2400_8289": "SSSSSS.. SSSSS... SSSS..S. SSSS.SSS SSS..SSS SS..SSSS SS.SSSSS S..SSSSS",
    "P0027 600_7800": "...LLLLL ...LLLLL ..LLLLLL .LLLLLL. ...LLL.. ...L..SS ..SSS..S ....S..S",
    "P0029 600_8889": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSS..S.. SS.L..S. SSSL.... SSS...LL",
    "P0030 0_8400": "........ LL...... LLLLLL.S LLLLLL.S LLLL...S LLL...SS LL..SSSS L..SSSSS",
    "P0030 3000_7200": "SSSSS.SS SSSSS.SS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS",
    "P0031 0_8989": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SS..SS.. S....S..",
    "P0031 1800_7800": "S.SSSSSS S.SSSSSS S.SSSSSS ..SSSSSS .SSSSSS. .SSSSSS. SSSSSS.. SSSSS..S",
    "P0031 2400_7800": "SSSSSS.. SSSSS..S SSSSS.SS SSSS..SS SSSS.SSS SSS..SSS SSSSSSSS SSSSSSSS",
    "P0031 600_8400": ".SSSSSSS SSSSSSS. SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSS. SSSSSSS. SSSSSSS.",
    "P0033 0_7200": "UUUU.... UUUU.... UUUUU... UUUU.... UUUU..S. .UUU.H.S ..UU.... SS...UU.",
    "P0034 0_9000": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SS..SS.. SS...S..",
    "P0034 600_9000": "SS..S... SS.L.... SSL..... SS....LL SS....LL .L.L...L .LLL...L ...L....",
    "P0035 3600_7800": "SSSSS..S SSSSS.SS SSSS..SS SSSS.SSS SSS..SSS SSSSSSSS SSSSSSSS SSSSSSSS",
    "P0037 0_8089": "....SSSS ....SSSS L...SSSS LLL.SSSS LLL.SSSS LL.SSSSS ...SSSSS ..SSSSSS",
    "P0039 0_7200": "UUU..... UUU.H... UUU.H... UUU..S.L UUUU.S.L UUUU.... UUUU.S.. UUUU.S.L",
    "P0039 1200_8400": ".SSSSSS. SSSSSSSS .SSSSSSS SSSSSSSS SSSSSSS. SSSSSSS. SSSSSSS. SSSSSSSS",
    "P0039 2400_7800": "S..SSSSS S.SSSSSS S.SSSSSS ..SSSSSS .SSSSSS. .SSSSSS. SSSSSS.. SSSSS..S",
    "P0039 600_7800": "...LL.LL .LLLL.LL ...LL.L. ...LL... ......SS ..SSS..S ....SS.S ......SS",
    "P0077 1200_7200": "SSSSSSSS SSSSSSSS ...SSSSS MM..SSSS MMM..SSS MMMM.SSS MM...SSS .....S..",
    "P0079 1800_6500": "VVV.SSSS VVV.SSSS VV..SS.. ......UU ....SUUU ....SUUU ..UU.... ..UU....",
    "P0082 1200_2400": ".IIIII.S S.IIII.S SSS.I.SS SSSS..SS SSSSSSSS ...SSSSS S.....SS SS....HH",
    "P0082 1800_4200": "VVV.UUUU VVVVUUUU VVVVUUUU .V..UUUU .....UUU .....UUU ....UUUU ..SS....",
    "P0083 0_0": "S.SSS... .SSS.... .SSS.... .SSSS.S. .SSSSSSS ..SSSSSS S.SSSSSS S..SSSSS",
    "P0083 1200_2400": "II.S.... III..... III..H.. II.S.H.. I..SS... ...SS... SS.S..S. ..SSS..H",
    "P0083 1800_3600": ".VVVVVV. .VVVVV.. .VVVVV.. ..VVVV.. ..VVVV.. ....VVV. .....V.. ........",
    "P0085 1800_2400": "SS..HH.. SS..HHHH SS..HHH. H..S.H.. ....S.S. SS...S.. SSS..... SSSSS...",
    "P0085 1800_3000": "...VVVVV ...VVVVV ....VVVV ....VVVV ..H..VV. ......V. ........ ...S....",
    "P0086 600_3000": "........ .....V.. .....VV. .....VV. .....VV. .....VV. ........ ........",
    "P0087 0_0": "S..SSSSS SS.SSSSS SS..SSSS SSS..SSS SSSS..SS SSSS..SS SSSSS..S SSSSSS..",
    "P0087 1200_2400": "SSSSS... SSSSSS.. ..SSSS.. .......S SS..HH.. SS.....H SSSSSS.. SSSSSSSS",
    "P0087 1800_3900": "..VV.UUU ..V..UUU ......UU .......U ..SS...U .SS..... .SS..... ...SS...",
    "P0089 1800_4200": ".....UUU .....UUU ......UU .SSS..UU .SS..... SSS.S... S..S.... .H......",
    "P0091 1200_600": "SSSSSSS. SSSS.... SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS",
    "P0091 600_2400": "........ II...... II.S.... IIIS.... II.S.... II.SS... ...SS... SSSS....",
    "P0091 600_600": "SSSSSSSS SSSSSSSS .SSSSSSS ......SS SSSSSSSS SSSSSSSS ..SSS... ..SS....",
    "P0093 0_600": ".S..S... SSSSS... SSSSSS.. SSSSSS.. SSSSSSS. .SSSSSS. ..SSSSSS ..SSSSSS",
    "P0093 1200_3000": "I.S..... I.S..... ..SS.... ..SS.... .SS..S.. SSS....H SSS..HHH ...S.HH.",
    "P0093 3000_3600": "SSSSS... SSSSSS.. SSSSSSS. SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS",
    "P0094 2200_4200": "...SSS.. ...SS..S S...SS.. ....HH.. ....HHH. SS...... SSS..... SSSSSSSS",
    "P0095 0_0": "SSSSSS.. SSSSSSS. .SSSSSS. ..SSSSSS ..SSSSSS ...SSSSS S...SSSS SSS..SSS",
    "P0095 0_2400": "IIII.... .IIII... ..III... ...II... HHH..... HHHH.... ...HH... SSS.....",
    "P0095 1800_3000": "..HH.... S..H.... .S.S.... ..SS.... S....... SS...SS. SSSS..S. SSSS....",
    "P0095 600_1800": "IIII.SSS IIIII.SS IIIIII.. .IIIIII. ..IIIIII SS.IIII. SSS.III. SSSS....",
    "P0102 1800_3200": "SS.S.... ...S.... .....H.. S..S..SS SS....SS SSS..SSS ..SSSS.S SSS.....",
    "P0103 0_2400": "HHHH.... HHHHH... .....H.. SSSS.... .SSS.... ..SS.... II.S.... II.S....",
    "P0103 1700_3000": "........ S....... SS...SSS SSS..SS. SSSS.... SSSSS... SSS..SSS SSSS.S..",
    "P0103 600_2400": "II.S.... II.S.... II.S.... II.S.... ..SS.... SSSS.... SSSSS..H SSSSS.HH",
    "P0105 3600_13800": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS ........",
    "P0105 3600_15600": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSS.. SSSSS... SSSSS..L SSSSSS..",
    "P0109 3600_7200": "LLL.WW.. .L...W.. .....WW. LLL...W. LLLL.... LLLLLLL. L...L... L...L...",
    "P0111 4200_8400": "LLLLLLLL LLLLLLLL LLLLLLLL LLLLLLLL LLLLLLLL LLLLLLLL LLLLLL.. LLLLL...",
    "P0113 4700_4200": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS ....SSSS LL....SS LLLLL..S",
    "P0114 3000_7800": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSS. SSS.....",
    "P0114 3000_9000": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS ......SS ....LLL. LLLLLLLL",
    "P0115 4800_9800": "L.W..... LL.W.... LL.W..UU LL..W.UU LLL.WUUU LLL.WUUU LLL.WUUU LLL.WUUU",
    "P0121 3200_1200": "SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS LL...SSS LLL...SS LLLLL..S",
    "P0126 3000_6000": "SSSSSSSS SSSSSSS. SSSSSSS. SSSSSSS. SSSSSSS. SSSSSSS. SSSSSS.. SSSSSS..",
    "P0126 3600_1200": ".HHHH..S .HHHHH.S .HHHHH.S .HHHH..S .HHHH.SS .HHH..SS .HH...SS ....SSSS",
    "P0126 3600_1800": ".SS.SSSS .SS.SSSS .SS.SSSS .SS.SSSS SSS.SSSS SSS.SSSS SSS.SSSS SSS.SSSS",
    "P0126 6000_7200": "SSSSSS.. SSSSSS.. SSSSSS.. SSSSSS.. SSSSSS.. SSSSSS.. SSSSSS.. SSSSSSSS",
    "P0126 6600_7200": "SSSSSSS. SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSSSSSS SSSS.SSS",
    "P0126 7200_3600": "SSSSS.SS SSSSS.SS SSSSS.SS SSSSS.SS SSSSS.SS SSSSS.SS SSSSSSSS SSSSSSSS",
    "P0133 2400_0": "SSSS.SSS SSSS.SSS .SSSSSSS SSSSSSSS S..SSSSS S...SSSS S....SSS S....SSS",
    "P0137 24": "........ ........ .LLL..LL LLLL..LL ........ ........ ........ ........",
}

# scene, then row and column of the piece: corners "x,y" in px of quays, piers and terminals, for they lie aslant
HRSID_HARBORS: dict[str, tuple[str, ...]] = {
    "P0082 1200_2400": (
        "105,595 120,540 260,570 265,590 300,595 295,680",
        "385,715 393,640 613,695 690,680 800,735 800,800 570,800 520,785",
    ),
    "P0083 1200_2400": (
        "800,575 590,770 610,800 800,800",
        "505,185 590,240 700,310 715,390 560,410 500,300",
    ),
    "P0085 1800_2400": (
        "200,0 440,0 520,60 600,160 615,225 725,280 700,320 620,385 570,420 540,370 500,330 420,305 300,205 "
        "270,160 255,80",
        "600,40 630,30 700,110 770,140 760,200 660,180 590,100",
        "0,260 150,310 240,385 310,475 400,560 500,650 640,790 600,800 500,720 380,610 260,490 160,420 0,375",
    ),
    "P0085 1800_3000": (
        "190,300 290,320 290,440 250,540 200,630 165,640 150,590 200,500 195,400",
        "0,40 30,30 100,110 170,140 160,200 60,180 0,110",
        "0,160 15,225 125,280 100,320 20,385 0,400",
    ),
    "P0087 1200_2400": (
        "0,240 35,220 67,260 75,300 160,302 267,330 400,390 440,360 527,382 627,410 645,450 720,520 800,605 "
        "800,650 693,588 587,555 400,468 200,400 80,345 0,312",
        "720,160 800,95 800,290 690,230",
    ),
    "P0087 1800_3900": (
        "0,380 60,300 110,230 170,300 125,400 60,500 0,510",
        "205,285 260,210 330,240 440,320 450,370 330,345",
        "475,410 545,430 450,600 385,695 340,620 360,550 400,535",
    ),
    "P0089 1800_4200": (
        "160,180 205,115 290,140 370,200 400,275 285,235",
        "430,318 485,355 420,470 385,510 333,570 300,495 335,450",
        "110,680 150,640 270,670 275,800 120,800",
        "0,220 60,120 110,130 90,200 40,320 0,390",
    ),
    "P0093 1200_3000": (
        "440,630 680,415 800,520 800,800 640,800 540,720 500,690 470,660",
    ),
    "P0094 2200_4200": (
        "405,300 515,295 575,310 645,360 650,440 690,490 670,520 500,440 405,400",
        "590,110 650,20 740,20 700,100 650,140 620,180 590,150",
        "100,30 160,20 270,30 215,105 150,110",
    ),
    "P0095 0_2400": (
        "0,240 100,300 250,400 400,540 520,680 460,690 350,690 200,600 0,560",
    ),
    "P0095 1800_3000": (
        "0,245 90,300 190,375 300,490 420,590 540,680 660,790 600,790 480,690 350,560 200,420 60,320 0,290",
        "130,40 160,0 480,0 390,130 340,180 270,190 200,110",
        "530,250 600,200 640,180 640,250 580,330 520,440 480,430 510,340 490,300",
    ),
    "P0102 1800_3200": (
        "0,145 125,240 195,305 300,405 365,450 430,515 400,545 300,460 200,370 100,280 0,200",
        "590,170 640,205 600,290 530,410 490,410 500,330 550,240",
        "400,10 560,20 640,110 590,160 530,210 470,100",
        "620,760 640,700 760,730 790,800 640,800",
    ),
    "P0103 0_2400": (
        "20,40 150,20 300,60 400,160 500,290 570,345 480,330 380,300 220,250 20,190",
    ),
    "P0103 1700_3000": (
        "100,20 200,90 300,180 420,310 520,400 620,500 700,560 670,570 560,480 440,370 300,230 180,120 80,40",
        "520,120 560,30 610,10 600,100 560,190",
    ),
}

# one letter, or four rows of four
SSDD_CELLS: dict[str, str] = {
    "000014": "H",
    "000015": "H",
    "000016": "HHH. HHH. HHH. HHH.",
    "000018": "H",
    "000020": ".... .... HHHH ....",
    "000022": "H",
    "000023": "H",
    "000024": "H",
    "000025": "H",
    "000026": "H",
    "000032": "H",
    "000034": "H",
    "000035": "H",
    "000036": "H",
    "000037": ".... .... HHHH HHHH",
    "000040": ".... .... HHHH ....",
    "000094": "H",
    "000097": ".... .... HH.. HH..",
    "000098": ".... HH.. HH.. HH..",
    "000230": "H",
    "000232": "H",
    "000233": "H",
    "000235": "H",
    "000242": "H",
    "000262": "HH.. HH.. HH.. ....",
    "000335": "HH.. HH.. .... ....",
    "000343": "H",
    "000392": "HHHH HHHH HHHH ....",
    "000393": "HHHH HHHH HHHH ....",
    "000395": "HHHH HHHH HHHH ....",
    "000732": ".... .... .H.. HH..",
    "000734": "VVVV .... .... ..HH",
    "000735": "H",
    "000742": ".... HHHH HHHH ....",
    "000743": ".... HHHH HHHH ....",
    "000745": "H",
    "000746": "H",
    "000747": "H",
    "000753": "VVVV .... .... ..HH",
    "000754": "VVVV .... .... ..HH",
    "000755": "VVVV VVVV .... ....",
    "000756": "VVVV VVVV .... ....",
    "001084": "..H. .... .... ....",
    "001085": ".... .H.. .... ....",
    "001086": "...H .... .... ....",
    "001087": ".... HHH. HHH. ....",
    "001092": "HH.. HH.. .... ....",
}

_PIECE = re.compile(r"(P\d+)_(\d+)_\d+_(\d+)_\d+")


def _hrsid_key(name: str) -> str:
    """"Scene row_column" of a picture by the name of its file."""
    stem = PurePath(name).stem
    piece = _PIECE.fullmatch(stem)
    return f"{piece[1]} {piece[2]}_{piece[3]}" if piece else stem.replace("_", " ", 1)


def hrsid_letters(name: str) -> str | None:
    """Rows of letters of an HRSID picture by the name of its file, or None where nobody labelled it."""
    key = _hrsid_key(name)
    scene, place = key.split()
    return "S" if place in HRSID_SEA.get(scene, "").split() else HRSID_CELLS.get(key)


def hrsid_kinds(name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Kinds (H, W) around the ships of an HRSID picture of `shape`; clutter where nobody labelled it."""
    kinds = Image.fromarray(kinds_of_cells(hrsid_letters(name) or ".", shape))
    draw = ImageDraw.Draw(kinds)
    for outline in HRSID_HARBORS.get(_hrsid_key(name), ()):
        corners = [float(value) for corner in outline.split() for value in corner.split(",")]
        draw.polygon(corners, fill=KIND["harbor"])
    return np.array(kinds)


def kinds_of_cells(rows: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Kinds (H, W) of a picture of `shape` divided into as many equal cells as `rows` has letters.

    Args:
        rows: Rows of letters, parted by blanks, top row first; all rows as long as the first.
        shape: Height and width of the picture in px.
    """
    letters = [[KIND[LETTERS[letter]] for letter in row] for row in rows.split()]
    codes = np.array(letters, np.uint8)
    down, across = (np.arange(size) * count // size for size, count in zip(shape, codes.shape, strict=True))
    return codes[np.ix_(down, across)]
