"""ICC profiles made after their standard, and what their colours are in sRGB."""

from __future__ import annotations

import struct

import numpy as np

from headshots.core.images import to_srgb

# Primaries and white as CIE xy: SMPTE EG 432-1 (Display P3), Adobe RGB (1998) 4.3.1, sRGB.
PRIMARIES = {
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "adobe": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    "srgb": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
}
D65, D50 = (0.3127, 0.3290), np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def xyz(x, y):
    return np.array([x / y, 1, (1 - x - y) / y])


def to_xyz(space):
    """Linear RGB to XYZ (D65) from primaries and white (SMPTE RP 177)."""
    columns = np.stack([xyz(*primary) for primary in PRIMARIES[space]], 1)
    return columns * np.linalg.solve(columns, xyz(*D65))


def expected_srgb(colours, space, gamma):
    """`colours` 0..1 of `space` in sRGB, without any profile."""
    linear = colours**gamma if gamma else srgb_to_linear(colours)
    linear = linear @ (np.linalg.inv(to_xyz("srgb")) @ to_xyz(space)).T
    return to_srgb(linear.astype(np.float32))


def srgb_to_linear(x):
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def s15f16(*values):
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


PARAMETRIC = {
    0: s15f16(2.19921875),
    3: s15f16(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
    4: s15f16(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0),
}


def curve(kind):
    if kind == "gamma":
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.19921875 * 256))
    if kind == "table":
        points = (srgb_to_linear(np.linspace(0, 1, 1024)) * 65535).round().astype(">u2")
        return b"curv\0\0\0\0" + struct.pack(">I", 1024) + points.tobytes()
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + PARAMETRIC[kind]


def profile(space, tone):
    """A display profile as ICC.1:2022 lays it out; space "grey" or one of PRIMARIES."""
    white = xyz(*D65)
    cone = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ white)) @ BRADFORD
    tags = {b"wtpt": b"XYZ \0\0\0\0" + s15f16(*D50)}
    if space == "grey":
        tags[b"kTRC"] = curve(tone)
    else:
        for name, column in zip(b"rgb", (cone @ to_xyz(space)).T, strict=True):
            tags[bytes([name]) + b"XYZ"] = b"XYZ \0\0\0\0" + s15f16(*column)
            tags[bytes([name]) + b"TRC"] = curve(tone)
    return laid_out(tags, b"GRAY" if space == "grey" else b"RGB ")


def table_profile(space):
    """A profile whose colours are a table, as printers' are: linear light by eight corners."""
    corners = np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)])
    table = np.clip(corners @ to_xyz(space).T * 32768, 0, 65535).round().astype(">u2")
    straight = struct.pack(">2H", 0, 65535) * 3
    lut = b"mft2\0\0\0\0" + bytes([3, 3, 2, 0]) + s15f16(1, 0, 0, 0, 1, 0, 0, 0, 1)
    lut += struct.pack(">2H", 2, 2) + straight + table.tobytes() + straight
    return laid_out({b"wtpt": b"XYZ \0\0\0\0" + s15f16(*D50), b"A2B0": lut}, b"RGB ")


def laid_out(tags, kind):
    """A profile of these tags for colours of that kind."""
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, tag in tags.items():
        tag += bytes(-len(tag) % 4)
        table += name + struct.pack(">II", start + len(body), len(tag))
        body += tag
    header = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x04300000, b"mntr", kind, b"XYZ "
    )
    header += bytes(12) + b"acsp" + bytes(28) + s15f16(*D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
