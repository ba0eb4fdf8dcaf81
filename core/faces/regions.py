"""Where things are on the 478-point mesh: MediaPipe's point numbers, by region.

Left and right are as seen in the picture. Source: the face mesh topology that MediaPipe publishes.
"""

from __future__ import annotations

from typing import Final

OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
LEFT_EYE: Final = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
RIGHT_EYE: Final = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
LIPS: Final = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
)  # fmt: skip
INNER_LIPS: Final = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
NOSTRILS: Final = (
    2, 97, 326, 98, 327, 64, 294, 240, 460, 20, 250, 242, 462, 241, 461, 99, 328,
)  # fmt: skip
LEFT_BROW: Final = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
RIGHT_BROW: Final = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
LEFT_IRIS: Final = (468, 469, 470, 471, 472)
RIGHT_IRIS: Final = (473, 474, 475, 476, 477)
# What has edges within the face, and is no skin.
FEATURES: Final = (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS, NOSTRILS)
# From under the lower lid down to the cheekbone.
LEFT_UNDER_EYE: Final = (25, 110, 24, 23, 22, 26, 112, 128, 121, 120, 119, 118, 117, 111)
RIGHT_UNDER_EYE: Final = (255, 339, 254, 253, 252, 256, 341, 357, 350, 349, 348, 347, 346, 340)
LEFT_CHEEK: Final = (50, 101, 118, 117, 123, 147, 187, 205, 36)
RIGHT_CHEEK: Final = (280, 330, 347, 346, 352, 376, 411, 425, 266)

FOREHEAD_TOP: Final = 10
CHIN: Final = 152
NOSE_TIP: Final = 1
NOSE_BRIDGE: Final = 168
LEFT_SIDE: Final = 234
RIGHT_SIDE: Final = 454
