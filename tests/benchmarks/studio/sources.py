"""Which photo is chosen for which look, and what light costs a photo, as Markdown.

    .venv/bin/python tests/benchmarks/studio/sources.py

Public portraits, which the setup of the tests fetches: three photos of one person are ranked for
every look; rims, casts and shade are painted on the best one until another is taken.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from headshots.core.faces import ANALYSERS
from headshots.core.generation import LOOKS
from headshots.core.generation.studio.sources.choice import (
    choose_sources,
    fitness,
    suitability,
    turns,
)
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.images import Float, Image, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.photo_light import photo_light
from headshots.core.vault.consent import agreed
from headshots.core.weights.store import weight_path

PERSON = ("photo-obama", "photo-obama2", "photo-obama3")
OTHERS = ("demo-photo", "photo-biden")
WIDTH = 1024
STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0)


def main() -> None:
    sitter = _enrolled(*PERSON)
    others = [photo for name in OTHERS for photo in _enrolled(name).photos]
    for lines in (_facts([*sitter.photos, *others]), _looks(sitter), _painted(sitter)):
        sys.stdout.write("\n".join(lines) + "\n\n")


def _enrolled(*names: str) -> Identity:
    photos = [read_photo(weight_path(name), longest=2048) for name in names]
    return enrol(
        "Sitter",
        photos,
        consent=agreed("Sitter", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
    ).identity


def _facts(photos: list[EnrolledPhoto]) -> Iterator[str]:
    yield "## The light of each photo"
    yield ""
    yield (
        "Rim as a share of the outline; right side against left in stops; chroma between the "
        "sides; skin in stops below white; suitability with the light counted and without."
    )
    yield ""
    yield "| photo | rim | aside | cast | exposure | suitability | without |"
    yield "|---|---|---|---|---|---|---|"
    for photo in photos:
        light = photo.light
        assert light is not None
        yield (
            f"| {photo.name} | {light.behind:.3f} | {light.aside:+.2f} | {light.cast:.1f} "
            f"| {light.exposure:.1f} | {suitability(photo):.2f} "
            f"| {suitability(replace(photo, light=None)):.2f} |"
        )


def _looks(sitter: Identity) -> Iterator[str]:
    """What each photo is worth for each look; those in bold are used, in this order."""
    chosen = choose_sources(sitter.photos)
    worths = [suitability(photo) for photo in chosen]
    yield f"## Photos for each look at {WIDTH} pixels"
    yield ""
    yield "Worth for the look, best first; bold is used."
    yield ""
    yield "| look | " + " | ".join(f"{n}." for n in range(1, len(chosen) + 1)) + " |"
    yield "|---|" + "---|" * len(chosen)
    for look in LOOKS.values():
        used = turns(chosen, worths, look, WIDTH)
        rest = [index for index in range(len(chosen)) if index not in used]
        cells: list[str] = []
        for index in (*used, *rest):
            mark = "**" if index in used else ""
            worth = worths[index] * fitness(chosen[index], look, WIDTH)
            cells.append(f"{mark}{chosen[index].name} {worth:.2f}{mark}")
        yield f"| {look.name} | " + " | ".join(cells) + " |"


def _painted(sitter: Identity) -> Iterator[str]:
    """The best photo spoilt on purpose, ever more."""
    best = choose_sources(sitter.photos)[0]
    rest = [photo for photo in sitter.photos if photo is not best]
    image = read_photo(best.data, longest=1600).image
    face = ANALYSERS.get("embedded").analyse(image, embed=False)[0]
    matte = cut_out(image, face).matte
    depth = cv2.distanceTransform((matte > 0.9).astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.exp(-((depth / (0.035 * face.width)) ** 2)) * (matte > 0.05)
    x = (np.arange(image.shape[1]) - float(face.landmarks[:468, 0].mean())) / (0.5 * face.width)
    across = np.repeat(np.clip(x, -1, 1)[None, :], image.shape[0], 0)
    linear = to_linear(image)

    def shown(changed: Float) -> Image:
        return to_srgb(np.asarray(np.clip(changed, 0, 1), np.float32))

    kinds = {
        "rim on both sides": lambda s: linear + (s * rim)[..., None],
        "rim on the right": lambda s: linear + (s * rim * np.clip(0.5 + across, 0, 1))[..., None],
        "warm and cool from the sides": lambda s: (
            linear * np.exp(0.5 * s * across[..., None] * np.array([1, 0, -1]))
        ),
        "one side in shade (stops)": lambda s: (
            linear * 2 ** (-s * np.clip(0.5 + across, 0, 1))[..., None]
        ),
    }
    yield f"## {best.name}, spoilt on purpose"
    yield ""
    yield (
        "Suitability of the spoilt photo, as a share of the unspoilt; in brackets its share for "
        "clean-white and for dramatic. Bold where another photo is then the best for clean-white."
    )
    yield ""
    yield "| | " + " | ".join(f"{s:g}" for s in STRENGTHS) + " |"
    yield "|---|" + "---|" * len(STRENGTHS)
    looks = LOOKS["clean-white"], LOOKS["dramatic"]
    before = [suitability(best) * fitness(best, look, WIDTH) for look in looks]
    for name, change in kinds.items():
        cells: list[str] = []
        for strength in STRENGTHS:
            spoilt = replace(best, light=photo_light(shown(change(strength)), face))
            worths = [suitability(photo) for photo in (spoilt, *rest)]
            first = turns((spoilt, *rest), worths, looks[0], WIDTH)[0]
            fit = [
                worths[0] * fitness(spoilt, look, WIDTH) / was
                for look, was in zip(looks, before, strict=True)
            ]
            mark = "**" if first != 0 else ""
            share = worths[0] / suitability(best)
            cells.append(f"{mark}{share:.2f}{mark} ({fit[0]:.2f}, {fit[1]:.2f})")
        yield f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
