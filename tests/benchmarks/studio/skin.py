"""Skin of pictures against the photos they are made from: local contrast, chroma, hue, clipping.

    .venv/bin/python tests/benchmarks/studio/skin.py FOLDER [ROWS.json]

FOLDER holds one folder of photos for each person. Each is enrolled, and one picture is made in each
of eight looks, with the photo framed in the same way beside it, so that both show the same skin.
Every figure of a picture stands beside that of its photo. Rows go to ROWS.json, the summary to
standard output, as Markdown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation import GENERATORS, LOOKS, Request
from headshots.core.generation.generator import Candidate
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, Image, Mask, blur, to_lab
from headshots.core.photos import read_photo
from headshots.core.portrait.skin import drawn_skin
from headshots.core.vault.consent import agreed

WIDTH, LONGEST = 640, 2048
# Sigmas in face widths between which a band lies: pores, lines and noise; blotches, folds and the
# edges of shadows.
FINE, MIDDLE = (0.006, 0.02), (0.02, 0.07)
_CLIPPED = 0.985  # of a channel, from which a pixel counts as clipped
# What a photographer would see at a glance: so much more local contrast, chroma or saturation, lit
# skin so much duller, or another hue.
GRIT, CHROMA, DULL, HUE = 1.15, 1.15, 6.0, 8.0


@dataclass(frozen=True)
class Skin:
    """The face's skin in one picture.

    fine, middle: deviation of L* in the bands. chroma: median C*. vivid: its 95th percentile.
    saturation: median C* / (L* + 16), which more or less light alone leaves as it is. hue: degrees,
    of the median a* and b*. lightness: median L*. lit: its 85th percentile. clipped: share of
    pixels.
    """

    fine: float
    middle: float
    chroma: float
    vivid: float
    saturation: float
    hue: float
    lightness: float
    lit: float
    clipped: float


@dataclass(frozen=True)
class Row:
    """One picture of a person and its photo, as it was taken."""

    person: str
    look: str
    source: str
    photo: Skin
    picture: Skin

    def ratio(self, name: str) -> float:
        """The picture's figure over the photo's."""
        return float(getattr(self.picture, name) / max(getattr(self.photo, name), 1e-3))

    @property
    def turn(self) -> float:
        """Degrees from the photo's hue to the picture's."""
        return (self.picture.hue - self.photo.hue + 180) % 360 - 180


def skin_of(image: Image, face: Face) -> Skin:
    """The skin of `face` in `image`, sRGB (H, W, 3)."""
    # Colours of the whole oval, without asking what is like skin: hard light makes skin unlike it.
    skin = np.asarray(drawn_skin(image.shape, face.landmarks[:, :2]))
    lab = to_lab(np.clip(image, 0, 1))
    light, width = lab[..., 0], face.width
    mask = skin.astype(np.float32)
    core = np.asarray(skin & (blur(mask, FINE[1] * width) > 0.9))
    a, b = lab[..., 1][core], lab[..., 2][core]
    chroma = np.hypot(a, b)
    return Skin(
        fine=_deviation(light, mask, core, FINE, width),
        middle=_deviation(light, mask, core, MIDDLE, width),
        chroma=float(np.median(chroma)),
        vivid=float(np.percentile(chroma, 95)),
        saturation=float(np.median(chroma / (light[core] + 16))),
        hue=float(np.degrees(np.arctan2(np.median(b), np.median(a)))),
        lightness=float(np.median(light[core])),
        lit=float(np.percentile(light[core], 85)),
        clipped=float((image.max(axis=2) >= _CLIPPED)[core].mean()),
    )


def _deviation(
    light: Float, mask: Mask, core: NDArray[np.bool_], band: tuple[float, float], width: float
) -> float:
    """Standard deviation of `light` between two blurs that leave out what is no skin."""
    near, far = (
        blur(light * mask, sigma * width) / (blur(mask, sigma * width) + np.float32(1e-4))
        for sigma in band
    )
    return float(np.std((near - far)[core]))


def rows_of(identity: Identity, width: int = WIDTH) -> Iterator[tuple[Row, Candidate]]:
    """One picture of the sitter in each look, and what its skin is like."""
    looks = [look for look in LOOKS.values() if look.backdrop.kind != "picture"][:8]
    request = Request(identity, tuple(looks), len(looks), 5, width, keep_stages=True)
    for candidate in GENERATORS.get("studio").generate(request):
        face = candidate.portrait.face
        photo, picture = candidate.stages["photo"], candidate.image
        provenance = candidate.provenance
        source = provenance.photo
        yield (
            Row(
                identity.name,
                provenance.look,
                source,
                skin_of(photo, face),
                skin_of(picture, face),
            ),
            candidate,
        )


def enrolled(folder: Path) -> Identity:
    """The person whose photos lie in `folder`.

    Raises:
        HeadshotsError: no photo of it can be used.
    """
    photos = [read_photo(path, longest=LONGEST) for path in sorted(folder.iterdir())]
    return enrol(
        folder.name,
        photos,
        consent=agreed(folder.name, "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
        face="largest",
    ).identity


def summary(rows: Sequence[Row]) -> str:
    """The figures over all pictures, as Markdown."""
    coloured = [row for row in rows if "mono" not in row.look]
    lines = ["| | median | 90 % | 95 % | most |", "|---|---|---|---|---|"]
    figures: Mapping[str, list[float]] = {
        "local contrast, fine, picture / photo": [row.ratio("fine") for row in rows],
        "local contrast, middle, picture / photo": [row.ratio("middle") for row in rows],
        "chroma, picture / photo": [row.ratio("chroma") for row in coloured],
        "chroma, most vivid 5 %, picture / photo": [row.ratio("vivid") for row in coloured],
        "saturation, picture / photo": [row.ratio("saturation") for row in coloured],
        "lit skin darker, L*": [row.photo.lit - row.picture.lit for row in rows],
        "hue turned, degrees": [abs(row.turn) for row in coloured],
        "clipped, added share": [row.picture.clipped - row.photo.clipped for row in rows],
    }
    for name, values in figures.items():
        marks = np.percentile(values, (50, 90, 95, 100))
        lines.append(f"| {name} | " + " | ".join(f"{mark:.2f}" for mark in marks) + " |")
    counts = {
        f"fine local contrast over {GRIT:g} times": sum(r.ratio("fine") > GRIT for r in rows),
        f"middle local contrast over {GRIT:g} times": sum(r.ratio("middle") > GRIT for r in rows),
        f"chroma over {CHROMA:g} times": sum(r.ratio("chroma") > CHROMA for r in coloured),
        f"saturation over {CHROMA:g} times": sum(r.ratio("saturation") > CHROMA for r in coloured),
        f"lit skin over {DULL:g} L* darker": sum(r.photo.lit - r.picture.lit > DULL for r in rows),
        f"hue over {HUE:g} degrees off": sum(abs(r.turn) > HUE for r in coloured),
    }
    lines += ["", f"Of {len(rows)} pictures, {len(coloured)} in colour:"]
    lines += [f"- {name}: {count}" for name, count in counts.items()]
    return "\n".join(lines)


def main(folder: Path, out: Path | None) -> None:
    """Measure everybody in `folder`."""
    cv2.setNumThreads(1)
    rows: list[Row] = []
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            rows += [row for row, _ in rows_of(enrolled(person))]
        except HeadshotsError as error:
            sys.stderr.write(f"{person.name}: {error}\n")
    if out:
        out.write_text(json.dumps([asdict(row) for row in rows]))
    sys.stdout.write(summary(rows) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
