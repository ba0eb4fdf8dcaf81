"""Looks: lighting, backdrop, framing and finish by name; the data is in looks.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..registry import unknown


@dataclass(frozen=True)
class Framing:
    """Where the head sits.

    aspect: width / height of the picture.
    head: chin to crown as a share of the height. eyes: height of the eye line from the top as a
        share of the height.
    """

    aspect: float
    head: float
    eyes: float


@dataclass(frozen=True)
class Light:
    """One key light and a fill from the camera.

    azimuth, elevation: of the key in degrees from the face's own forward axis (0, 0 is the
        camera for a frontal face); azimuth is mirrored to the side the photo was lit from.
    key, fill: strengths. wrap: 0 hard .. 1 soft terminator. shadow: 0 none .. 1 full cast shadows.
    strength: 0 leaves the photo's own light .. 1 replaces it.
    """

    azimuth: float
    elevation: float
    key: float
    fill: float
    wrap: float
    shadow: float
    strength: float


@dataclass(frozen=True)
class Backdrop:
    """A lit studio wall.

    colour: sRGB 0..1 at its brightest. falloff: 0 even .. 1 dark corners. texture: 0 seamless
        paper .. 1 painted canvas. spot: height of the brightest point from the top, 0..1.
    """

    colour: tuple[float, float, float]
    falloff: float
    texture: float
    spot: float


@dataclass(frozen=True)
class Finish:
    """The grade: contrast and saturation are gains about 1, warmth -1 cool .. 1 warm, monochrome
    0 or 1, retouch 0..1, grain as standard deviation in sRGB units.
    """

    contrast: float
    saturation: float
    warmth: float
    monochrome: float
    retouch: float
    grain: float


@dataclass(frozen=True)
class Look:
    """A named look."""

    name: str
    title: str
    description: str
    framing: Framing
    light: Light
    backdrop: Backdrop
    finish: Finish


def _read(name: str, table: Mapping[str, Any]) -> Look:
    backdrop = dict(table["backdrop"])
    backdrop["colour"] = tuple(backdrop["colour"])
    return Look(
        name=name,
        title=table["title"],
        description=table["description"],
        framing=Framing(**table["framing"]),
        light=Light(**table["light"]),
        backdrop=Backdrop(**backdrop),
        finish=Finish(**table["finish"]),
    )


def _load() -> dict[str, Look]:
    text = Path(__file__).with_name("looks.toml").read_text("utf-8")
    return {name: _read(name, table) for name, table in tomllib.loads(text).items()}


LOOKS: Mapping[str, Look] = _load()


def find_look(name: str) -> Look:
    """The look called `name`.

    Raises:
        UnknownName: there is no such look.
    """
    if name not in LOOKS:
        raise unknown("look", name, tuple(LOOKS))
    return LOOKS[name]
