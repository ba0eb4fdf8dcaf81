"""Light: asked against measured, the check's own error, colour casts and seconds, as Markdown.

    .venv/bin/python tests/benchmarks/studio/light.py

Five public portraits of three people, which the setup of the tests fetches. Every pattern is lit at
full strength from the side that the photo was lit from.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation.looks import Light
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.light import relighting as lighting
from headshots.core.generation.studio.light.catchlights import move_catchlights
from headshots.core.generation.studio.light.shading import shade
from headshots.core.generation.studio.plate.colour_casts import neutralise
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.identity import ColourStatistics, EnrolledPhoto
from headshots.core.images import Float, Image, Linear, resize, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.light import MeasuredLight, measure_light
from headshots.core.portrait.shading import Unlit, unlight
from headshots.core.provenance import Relit
from headshots.core.scoring.measures.light import compare
from headshots.core.weights.store import weight_path

PHOTOS = ("demo-photo", "photo-obama", "photo-obama2", "photo-obama3", "photo-biden")
HEAD = 460  # pixels from chin to crown, as in a headshot of 768 x 960
WALL = np.array([0.2, 0.205, 0.21], np.float32)
CAST = np.array([0.12, 0.0, -0.12], np.float32)  # log gains of a lamp on one side


@dataclass(frozen=True, eq=False)
class Portrait:
    name: str
    plate: Plate
    unlit: Unlit

    @property
    def side(self) -> float:
        return 1.0 if self.unlit.lit_right else -1.0

    def sided(self, light: Light) -> Light:
        return replace(light, azimuth=self.side * light.azimuth)

    def over_wall(self, linear: Linear) -> Image:
        matte = self.plate.matte[..., None]
        return to_srgb(np.asarray(linear * matte + WALL * (1 - matte), np.float32))

    def enlarged(self, grid: Float) -> Float:
        rows, columns = self.plate.matte.shape
        return resize(np.asarray(grid, np.float32), columns, rows)

    def lit(self, light: Light) -> Image:
        """The finished picture: relit, its catchlights moved, over a wall."""
        gain = self.enlarged(lighting.relight(self.unlit, self.plate.shape, light))
        linear = lighting.expose(self.plate.foreground, gain)
        yaw = np.degrees(np.arctan2(*self.plate.shape.axes[2, [0, 2]]))
        landmarks = self.plate.face.landmarks
        return self.over_wall(
            move_catchlights(linear, landmarks, light.azimuth + yaw, light.elevation, light.ratio)
        )

    def rendered(self, light: Light, own_skin: bool) -> Image:
        """The sitter's shape under exactly `light`, in even grey or with the sitter's own skin."""
        total = np.add(*shade(self.plate.shape, light))
        skin = self.unlit.light / self.unlit.shading if own_skin else np.ones_like(total)
        total = total * skin * 0.35 / np.quantile((total * skin)[self.unlit.skin], 0.8)
        return self.over_wall(np.repeat(self.enlarged(total)[..., None], 3, 2))


def main() -> None:
    portraits = [_portrait(name) for name in PHOTOS]
    lit = {name: [_found(each, light) for each in portraits] for name, light in PATTERNS.items()}
    for lines in (
        _asked(portraits, lit),
        _caught(lit),
        _floor(portraits),
        _casts(portraits),
        _seconds(portraits),
    ):
        sys.stdout.write("\n".join(lines) + "\n\n")


def _portrait(name: str) -> Portrait:
    path = weight_path(name)
    photo = read_photo(path, longest=1600)
    face = _face(photo.image).scaled(1 / photo.scale)
    enrolled = EnrolledPhoto(
        path.name, photo.sha256, photo.data, photo.width, photo.height, face, {}, face.quality
    )
    plate = make_plate(enrolled, HEAD)
    return Portrait(path.stem, plate, unlight(plate.foreground, plate.shape, plate.segments))


def _face(image: Image) -> Face:
    return ANALYSERS.get("embedded").analyse(image, embed=False)[0]


@dataclass(frozen=True)
class Found:
    """A light and what is measured of it in the finished picture."""

    asked: Relit
    measured: MeasuredLight

    def wrong(self, asked: Relit | None = None) -> list[str]:
        """The figures out of tolerance, if `asked` had been asked."""
        return [c.name for c in compare(asked or self.asked, self.measured) if not c.passed]


def _found(portrait: Portrait, pattern: Light) -> Found:
    """The pattern on a portrait: landmarks are found again in the finished picture."""
    light = portrait.sided(pattern)
    image = portrait.lit(light)
    return Found(light.record(), measure_light(image, _face(image)))


def _asked(portraits: list[Portrait], lit: Mapping[str, Sequence[Found]]) -> list[str]:
    """Every pattern on every portrait."""
    lines = [
        "## Asked against measured",
        "",
        "Azimuth / elevation in degrees, key ratio; in brackets how far aside the light stands "
        "that the eyes mirror. Bold is out of tolerance.",
        "",
        "| pattern | asked | " + " | ".join(p.name for p in portraits) + " |",
        "|---|---|" + "---|" * len(portraits),
    ]
    cells = [_told(measure_light(p.over_wall(p.plate.foreground), p.plate.face)) for p in portraits]
    lines.append("| the photo | | " + " | ".join(cells) + " |")
    for name, row in lit.items():
        pattern = PATTERNS[name]
        asked = f"{pattern.azimuth:.0f} / {pattern.elevation:.0f} {pattern.ratio:.1f}:1"
        cells = []
        for portrait, found in zip(portraits, row, strict=True):
            wrong = found.wrong()
            mark = f" **{', '.join(wrong)}**" if wrong else ""
            cells.append(_told(found.measured, portrait.side) + mark)
        lines.append(f"| {name} | {asked} | " + " | ".join(cells) + " |")
    return lines


def _caught(lit: Mapping[str, Sequence[Found]]) -> list[str]:
    """The same pictures, as if another light had been asked."""
    directed = [found for row in lit.values() for found in row if found.asked.ratio > 2.2]
    sided = [found for found in directed if abs(found.asked.azimuth) > 25]

    def count(of: Sequence[Found], other: Callable[[Relit], Relit]) -> str:
        return f"{sum(bool(each.wrong(other(each.asked))) for each in of)} of {len(of)}"

    def other_side(asked: Relit) -> Relit:
        return asked.model_copy(update={"azimuth": -asked.azimuth})

    lines = [
        "## What the check catches",
        "",
        "Pictures out of tolerance, if another light than theirs had been asked.",
        "",
        "| asked instead | caught |",
        "|---|---|",
        f"| their own | {count(directed, lambda a: a)} |",
        f"| the other side | {count(sided, other_side)} |",
    ]
    for off in (20, 30, 45):
        caught = count(
            directed, lambda a, off=off: a.model_copy(update={"azimuth": a.azimuth - off})
        )
        lines.append(f"| {off} degrees aside | {caught} |")
    for off in (30, 45):
        caught = count(
            directed, lambda a, off=off: a.model_copy(update={"elevation": a.elevation - off})
        )
        lines.append(f"| {off} degrees lower | {caught} |")
    for stops in (1, 2):
        caught = count(
            directed, lambda a, s=stops: a.model_copy(update={"ratio": max(1.1, a.ratio / 2**s)})
        )
        lines.append(f"| {stops} stop{'s' * (stops > 1)} flatter | {caught} |")
    return lines


def _told(m: MeasuredLight, side: float = 1.0) -> str:
    eyes = "" if m.catchlight is None else f" ({side * m.catchlight:.0f})"
    return f"{side * m.azimuth:.0f} / {m.elevation:.0f} {m.ratio:.1f}:1{eyes}"


def _floor(portraits: list[Portrait]) -> list[str]:
    """The check's error on renders of the sitters' shapes under light that is known exactly."""
    lines = [
        "## The check's own error on known light",
        "",
        "Signed error, median (and largest absolute) over the portraits: azimuth and elevation in "
        "degrees, key ratio in stops. Renders of the sitter's shape in even grey, and with the "
        "sitter's own skin.",
        "",
        "| pattern | grey azimuth | elevation | ratio | skin azimuth | elevation | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, pattern in PATTERNS.items():
        cells: list[str] = []
        for own_skin in (False, True):
            off = np.array([_off(portrait, pattern, own_skin) for portrait in portraits])
            for column, digits in zip(off.T, (0, 0, 1), strict=True):
                cells.append(f"{np.median(column):.{digits}f} ({np.abs(column).max():.{digits}f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _off(portrait: Portrait, pattern: Light, own_skin: bool) -> tuple[float, float, float]:
    image = portrait.rendered(portrait.sided(pattern), own_skin)
    found = measure_light(image, portrait.plate.face)
    return (
        portrait.side * found.azimuth - pattern.azimuth,
        found.elevation - pattern.elevation,
        float(np.log2(found.ratio / pattern.ratio)),
    )


def _casts(portraits: list[Portrait]) -> list[str]:
    """A coloured lamp painted on one side of each portrait, then taken off again."""
    lines = [
        "## Colour casts",
        "",
        "Warm from one side and cool from the other (log gains of 0.12 of red and of blue, with "
        "the normals), painted on each portrait. Left: chroma between the cheeks that remains, as "
        "a share of what was painted. Right: change of the skin's L*.",
        "",
        "| portrait | cast left | change of L* |",
        "|---|---|---|",
    ]
    for portrait in portraits:
        shape, plate = portrait.plate.shape, portrait.plate
        painted = shape.normals[..., :1] * CAST
        cast = np.asarray(plate.foreground * np.exp(portrait.enlarged(painted)), np.float32)
        before, after = portrait.unlit, unlight(cast, shape, plate.segments)
        change = neutralise(after, shape, None) - neutralise(before, shape, None)
        skin = before.skin
        slope = [_slope(values, shape.normals, skin) for values in (painted, painted + change)]
        gain = neutralise(after, shape, None)
        lit = after.colour * np.exp(gain)
        lightness = [116 * np.cbrt((c @ lighting.LUMINANCE)[skin]) for c in (after.colour, lit)]
        lines.append(
            f"| {portrait.name} | {slope[1] / slope[0]:.2f} "
            f"| {np.abs(lightness[1] - lightness[0]).max():.2f} |"
        )
    return lines


def _slope(log_gain: Float, normals: Float, skin: NDArray[np.bool_]) -> float:
    """How far red against blue follows the normals' sideways direction on the skin."""
    return float(np.polyfit(normals[skin][:, 0], (log_gain[..., 0] - log_gain[..., 2])[skin], 1)[0])


def _seconds(portraits: list[Portrait]) -> list[str]:
    """Best of several runs each, median over the portraits."""
    loop, skin = (
        PATTERNS["loop"],
        ColourStatistics(np.array([60, 14, 18], np.float32), np.ones(3, np.float32)),
    )
    large = np.random.default_rng(0).uniform(0, 1.2, (1280, 1024, 3)).astype(np.float32)
    gain = np.random.default_rng(1).normal(0, 0.3, large.shape).astype(np.float32)
    tasks = {
        "unlight, once a plate": lambda p: unlight(
            p.plate.foreground, p.plate.shape, p.plate.segments
        ),
        "relight": lambda p: lighting.relight(p.unlit, p.plate.shape, p.sided(loop)),
        "neutralise, once a plate": lambda p: neutralise(p.unlit, p.plate.shape, skin),
        "expose, 1024x1280": lambda p: lighting.expose(large, gain),
        "move_catchlights": lambda p: move_catchlights(
            p.plate.foreground, p.plate.face.landmarks, 60, 30, 4
        ),
        "measure_light": lambda p: measure_light(p.plate.original, p.plate.face),
    }  # fmt: skip
    lines = ["## Seconds", "", "| | ms |", "|---|---|"]
    for name, task in tasks.items():
        best: list[float] = []
        for portrait in portraits:
            runs = []
            for _ in range(5):
                start = perf_counter()
                task(portrait)
                runs.append(perf_counter() - start)
            best.append(min(runs))
        lines.append(f"| {name} | {1000 * median(best):.0f} |")
    return lines


if __name__ == "__main__":
    main()
