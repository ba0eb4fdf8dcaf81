"""One candidate from a prepared plate: framed, lit, set before its wall, graded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from ...framing import Crop
from ...framing.outline import levelling
from ...images import Float, Image, Linear, Mask, to_srgb
from ...portrait.enlarging import NETWORK
from ...portrait.portrait import Portrait
from ...progress import SILENT, Progress
from ...provenance import (
    Composited,
    Edit,
    Enlarged,
    FeatureTransferred,
    Provenance,
    Retouched,
)
from ...retouching import Retouching
from ..generator import Candidate
from ..looks import Finish, Light, Look
from ..transparency import laid_on, written
from .backdrops import noise_in, noisy, unevenness
from .compose.composite import Prepared, Scene
from .compose.framing import frame
from .compose.grade import grade
from .compose.tiles import Span, in_tiles, tiles

NAME = "studio"

# Where the key of a matched set goes: image left, whence most portraits are lit, painted ones too.
MATCHED_SIDE = -1.0


@dataclass(frozen=True)
class Shot:
    """What varies between candidates: light and framing as differences to the look's own.

    photos: numbers of the sources to make it from, the first that its plate can be framed of.
    crop: about the one that it will have, of the first source's outline; None where not known.
    zoom, fill, brightness: factors. azimuth, elevation: degrees.
    matched: side of the key and what is random are those of every picture of a matched set, not
        this photo's and this candidate's own; its head size and eye line are the look's, if a
        source can carry them.
    """

    photos: tuple[int, ...]
    look: Look
    crop: Crop | None = None
    zoom: float = 1.0
    azimuth: float = 0.0
    elevation: float = 0.0
    fill: float = 1.0
    brightness: float = 1.0
    matched: bool = False


def height_of(look: Look, width: int) -> int:
    """The height of a picture of `width` pixels in `look`."""
    return round(width / look.framing.aspect)


def shoot(
    prepared: Prepared,
    shot: Shot,
    *,
    index: int,
    seed: int,
    width: int,
    keep_stages: bool,
    exact: bool = False,
    progress: Progress = SILENT,
) -> Candidate:
    """The candidate that `shot` plans; `index` and `seed` settle what is random.

    exact: only with the head size and eye line of the look.

    Raises:
        NoSource: no crop of the plate hides where its photo ends.
        Cancelled: stopped through `progress`, which is asked at every strip, from several threads.
    """
    look = shot.look
    height = height_of(look, width)
    crop = frame(prepared.plate, look.framing, shot.zoom, exact=exact)
    side = MATCHED_SIDE if shot.matched else prepared.side
    light = replace(
        look.light,
        azimuth=side * (look.light.azimuth + shot.azimuth),
        elevation=look.light.elevation + shot.elevation,
        fill=look.light.fill * shot.fill,
    )
    random = seed, 0 if shot.matched else index
    rng = np.random.default_rng([*random, 1])
    scene = Scene(prepared, look, light, side, crop, (width, height), shot.brightness, rng)
    film = _Film(scene, look, random, keep_stages)
    bands = tiles(height, width, scene.eyes)
    noise = noise_in(np.concatenate(in_tiles(film.develop, bands, progress.check)))
    if noise > 0:
        in_tiles(lambda rows: film.roughen(rows, noise), bands, progress.check)
    provenance = _provenance(prepared, light, crop, look, index, seed, width)
    return Candidate(Portrait(film.image, scene.matte), provenance, film.stages)


class _Film:
    """The picture as it is developed, strip by strip.

    image: sRGB (H, W, 3). stages: see `Candidate`; empty unless they are kept.
    """

    def __init__(self, scene: Scene, look: Look, seed: tuple[int, int], keep_stages: bool) -> None:
        self._scene, self._look, self._seed = scene, look, seed
        self._bare = look.backdrop.kind == "transparent"
        shape = (*scene.matte.shape, 3)
        self.image: Image = np.empty(shape, np.float32)
        self.stages: dict[str, Float] = {}
        if keep_stages:
            names = ("photo", "matte", "foreground", "lit", "retouched", "relit", "backdrop")
            for name in (*names, "composite", "graded"):
                self.stages[name] = scene.matte if name == "matte" else np.empty(shape, np.float32)

    def develop(self, rows: Span) -> Float:
        """Make the strip `rows`; gives the `unevenness` of the sitter in it."""
        scene, everywhere = self._scene, (0, self.image.shape[1])
        strip = slice(*rows)
        random = np.random.default_rng([*self._seed, 2, rows[0]])
        columns = everywhere if self._bare or self.stages else scene.covered(rows)
        if columns is None:
            self.image[strip] = grade(scene.backdrop(rows, everywhere), self._look.finish, random)
            return np.zeros(0, np.float32)
        flat = scene.sitter(rows, columns)
        lit = scene.lit(flat, rows, columns)
        seen = scene.composite(lit, rows, columns)
        composite = scene.backdrop(rows, everywhere).copy()
        composite[:, slice(*columns)] = seen
        self.image[strip] = self._graded(lit, composite, rows, self._look.finish, random)
        if self.stages:
            self._keep(rows, flat, lit, composite)
        if self._bare:  # the tone isn't the sitter's backdrop: nothing of it goes on it
            return np.zeros(0, np.float32)
        return unevenness(to_srgb(seen), scene.matte[strip, slice(*columns)])

    def roughen(self, rows: Span, noise: float) -> None:
        """Add the sitter's noise of this deviation to the wall in the strip `rows`."""
        strip = slice(*rows)
        random = np.random.default_rng([*self._seed, 3, rows[0]])
        self.image[strip] = noisy(self.image[strip], noise, self._scene.matte[strip], random)

    def _graded(
        self,
        lit: Linear,
        composite: Linear,
        rows: Span,
        finish: Finish,
        random: np.random.Generator,
    ) -> Image:
        if self._bare:  # grain neither
            matte: Mask = self._scene.matte[slice(*rows)]
            return laid_on(grade(lit, finish, random), matte, self._look.backdrop.colour)
        return grade(composite, finish, random)

    def _keep(self, rows: Span, flat: Linear, lit: Linear, composite: Linear) -> None:
        scene, everywhere = self._scene, (0, self.image.shape[1])
        plain = scene.sitter(rows, everywhere, retouched=False)
        made = {
            "photo": scene.photo(rows),
            "foreground": to_srgb(plain),
            "lit": to_srgb(scene.lit(plain, rows, everywhere)),
            "retouched": to_srgb(flat),
            "relit": to_srgb(lit),
            "backdrop": to_srgb(scene.backdrop(rows, everywhere)),
            "composite": to_srgb(composite),
        }
        finish = replace(self._look.finish, grain=0.0)
        unused = np.random.default_rng(0)
        made["graded"] = self._graded(lit, composite, rows, finish, unused)
        for name, pixels in made.items():
            self.stages[name][slice(*rows)] = pixels


def _provenance(
    prepared: Prepared, light: Light, crop: Crop, look: Look, index: int, seed: int, width: int
) -> Provenance:
    plate = prepared.plate
    photos = (plate.photo, plate.transfer.lender) if plate.transfer else (plate.photo,)
    bare = look.backdrop.kind == "transparent"
    edits: list[Edit] = []
    if plate.transfer:
        edits.append(FeatureTransferred(region=plate.transfer.region.name))
    upscale = round(plate.upscale * width / crop.width, 3)
    edits.append(
        Composited(
            head=round(crop.head, 4),
            upscale=upscale,
            roll=round(levelling(plate.roll), 2),
            tone=written(look.backdrop.colour) if bare else None,
            camera_distance=round(plate.distance, 2) if plate.distance else None,
        )
    )
    if plate.enlarged > 1:
        edits.append(Enlarged(factor=upscale, network=NETWORK))
    if light.strength:
        edits.append(light.record())
    if (done := plate.retouched(look.finish.retouch)) != Retouching.none():
        edits.append(Retouched(**asdict(done)))
    return Provenance(
        generator=NAME,
        look=look.name,
        photo=plate.photo.name,
        lender=plate.transfer.lender.name if plate.transfer else "",
        index=index,
        seed=seed,
        sources=tuple(photo.sha256 for photo in photos),
        edits=tuple(edits),
    )
