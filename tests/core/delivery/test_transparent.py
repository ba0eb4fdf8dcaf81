"""Transparent deliveries: the sitter's own colours and coverage, whatever they are laid over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as Pillow

from headshots.core.delivery.formats import deliver
from headshots.core.errors import InputError
from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.studio.compose.edges import decontaminate
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.generation.transparency import laid_on, stands_on, taken_off, written
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, resize, to_srgb
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.portrait.matting import cut_out
from headshots.core.progress import SILENT
from headshots.core.provenance import Provenance
from headshots.core.recipes.actions.edits import upscale_pictures
from headshots.core.recipes.actions.images import as_pictures

from ... import known_coverage
from ...histories import generated, pictured, studio

pytestmark = pytest.mark.slow

TONE = (0.93, 0.93, 0.93)
BACKGROUNDS = {"black": (0.0, 0.0, 0.0), "white": (1.0, 1.0, 1.0), "brand": (0.04, 0.4, 0.76)}
STEP = 1 / 255


def provenance(tone: tuple[float, float, float] = TONE) -> Provenance:
    return studio("cutout", placed={"tone": written(tone)})


def over(colours: Image, cover: Mask, background: tuple[float, float, float]) -> Image:
    """As browsers and office programs lay a file over a page: mixed as encoded."""
    share = cover[..., None]
    return np.asarray(colours * share + np.float32(background) * (1 - share), np.float32)


def read(path: Path) -> tuple[Image, Mask]:
    """Colours and coverage of a file, by other programs' readers."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            assert file.pages[0].extrasamples == (2,)  # unassociated: colours stand for themselves
            pixels = file.asarray() / np.float32(65535)
    else:
        with Pillow.open(path) as picture:
            assert picture.mode == "RGBA"
            pixels = np.asarray(picture) / np.float32(255)
    return pixels[..., :3].astype(np.float32), pixels[..., 3].astype(np.float32)


@pytest.fixture(scope="module")
def plate(sitter: Identity) -> Plate:
    return make_plate(sitter.photos[0], 420)


@pytest.fixture(scope="module")
def truth(plate: Plate, photos: Path) -> known_coverage.Known:
    """A real sitter with drawn strands before a wall, its coverage and colours known."""
    return known_coverage.known(plate, read_photo(photos / "group1.jpg").image, 6.0)


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)
def test_known_coverage_comes_back_on_any_background(
    truth: known_coverage.Known, tmp_path: Path, format: str, background: tuple[float, float, float]
) -> None:
    colours = to_srgb(truth.colours)
    image = laid_on(colours, truth.coverage, TONE)
    picture = pictured(image, matte=truth.coverage, provenance=provenance())
    made = deliver(picture, folder=tmp_path, format=format)  # type: ignore[arg-type]
    assert made.note == ""
    found = over(*read(made.path), background)
    wanted = over(colours, truth.coverage, background)
    assert np.abs(found - wanted).max() <= 1.6 * STEP  # colour and coverage are rounded each


def test_a_size_keeps_the_edges(truth: known_coverage.Known, tmp_path: Path) -> None:
    colours = to_srgb(truth.colours)
    picture = pictured(
        laid_on(colours, truth.coverage, TONE),
        face=truth.face,
        matte=truth.coverage,
        provenance=provenance(),
    )
    made = deliver(picture, folder=tmp_path, size="linkedin-min", format="png")
    found_colours, cover = read(made.path)
    for background in BACKGROUNDS.values():
        whole = made.box.cut(over(colours, truth.coverage, background))
        assert np.abs(over(found_colours, cover, background) - resize(whole, 400, 400)).max() < 0.01


def test_nothing_of_the_tone_or_of_the_old_background_is_left(
    truth: known_coverage.Known, tmp_path: Path
) -> None:
    colours = to_srgb(truth.colours)
    # The old background is there where nothing covers it, as on a plate that was cut out.
    spoilt = np.where(truth.coverage[..., None] > 0, colours, np.float32((0, 1, 0)))
    files: list[Image] = []
    for tone in (TONE, (0.0, 0.6, 0.2), (1.0, 0.0, 1.0)):
        image = laid_on(spoilt, truth.coverage, tone)
        found = taken_off(image, truth.coverage, tone)
        files.append(found)
        bare = truth.coverage == 0
        assert (found[bare][:, 1] - found[bare][:, [0, 2]].max(1)).max() < 0.1
    assert np.abs(files[0] - files[1]).max() < 0.02 and np.abs(files[0] - files[2]).max() < 0.02


@pytest.mark.parametrize(
    "wall", [(0.1, 0.7, 0.2), (0.8, 0.1, 0.7), (0.95, 0.95, 0.95), (0.02,) * 3]
)
def test_the_old_background_is_out_of_the_hair(
    plate: Plate, tmp_path: Path, wall: tuple[float, float, float]
) -> None:
    """From the photo alone; the share of the wall in the colours that were delivered."""
    even = np.broadcast_to(np.float32(wall), (8, 8, 3)).copy()
    truth = known_coverage.known(plate, even, 0)
    (face,) = ANALYSERS.get("embedded").analyse(truth.image, embed=False)[:1]
    found, matte = decontaminate(truth.image, cut_out(truth.image, face).matte, face)
    image = laid_on(to_srgb(found), matte, TONE)
    picture = pictured(image, matte=matte, provenance=provenance())
    made = deliver(picture, folder=tmp_path, format="png")
    colours, cover = read(made.path)
    true = to_srgb(truth.colours)
    edge = (truth.coverage > 0.02) & (truth.coverage < 0.98) & truth.head

    def share(colours: Image) -> float:
        """Of the wall in colours at the edge, weighted by how far they show: 0 none, 1 all."""
        towards = (np.float32(wall) - true)[edge]
        weight = cover[edge][:, None]
        gone = weight * (colours - true)[edge] * towards
        return float(gone.sum() / (weight * towards * towards).sum())

    assert abs(share(colours)) < 0.25  # measured: -.05 green, -.06 magenta, .20 white, .11 black
    assert share(colours) < 0.4 * share(truth.image)  # .42, .38, .62, .37 in the photo's own pixels


@pytest.fixture(scope="module")
def cutout(sitter: Identity):
    request = Request(sitter, (find_look("cutout"),), 2, 3, 400)
    return list(GENERATORS.get("studio").generate(request))


def test_the_studio_stands_its_sitter_on_the_looks_tone(cutout, tmp_path: Path) -> None:
    for candidate in cutout:  # the second varies, but for its tone
        assert candidate.provenance.tone == "#ededed"
        assert stands_on(candidate.image, candidate.matte, TONE)
        made = deliver(generated(candidate), folder=tmp_path, format="png")
        colours, cover = read(made.path)
        assert np.abs(over(colours, cover, (237 / 255,) * 3) - candidate.image).max() < 1.6 * STEP
        assert cover[0].max() == 0 and cover[-1].max() == 1  # nothing above, a body below


def test_what_cannot_be_transparent_says_what_it_did_instead(cutout, tmp_path: Path) -> None:
    candidate = cutout[0]

    def note(image: Image, matte: Mask | None, format: str = "png") -> str:
        picture = pictured(image, matte=matte, provenance=candidate.provenance)
        made = deliver(picture, folder=tmp_path, format=format)  # type: ignore[arg-type]
        with Pillow.open(made.path) as picture:
            assert picture.mode == "RGB"
        return made.note

    assert "jpeg has no transparency" in note(candidate.image, candidate.matte, "jpeg")
    assert "#ededed" in note(candidate.image, candidate.matte, "jpeg")
    assert "matte" in note(candidate.image, None)
    other = laid_on(candidate.image, candidate.matte, (0.2, 0.3, 0.4))
    assert "another backdrop" in note(other, candidate.matte)


def test_an_enlarged_picture_takes_its_matte_along(cutout, tmp_path: Path) -> None:
    candidate = cutout[0]
    height, width = candidate.matte.shape
    (larger,), *_ = upscale_pictures(
        SILENT, [generated(candidate)], None, 2.0, 2 * max(height, width), 0.0, "raise"
    )
    made = deliver(larger, folder=tmp_path, format="png")
    assert made.note == "" and read(made.path)[1].shape == (2 * height, 2 * width)


def test_a_matte_that_another_pack_hands_back_fits_or_is_refused(cutout, tmp_path: Path) -> None:
    candidate = cutout[0]
    height, width = candidate.matte.shape
    larger = np.clip(resize(candidate.image, 2 * width, 2 * height), 0, 1)
    before = [generated(candidate)]
    ((back,),) = as_pictures(SILENT, [larger], [candidate.matte], before, "a")
    made = deliver(back, folder=tmp_path, format="png")
    assert made.note == "" and read(made.path)[1].shape == (2 * height, 2 * width)
    half = candidate.matte[:, : width // 2]
    with pytest.raises(InputError, match="The matte of image 01"):
        as_pictures(SILENT, [candidate.image], [half], before, "a")


def test_our_own_reader_lays_it_over_white(cutout, tmp_path: Path) -> None:
    candidate = cutout[0]
    colours = taken_off(candidate.image, candidate.matte, TONE)
    wanted = over(colours, candidate.matte, (1, 1, 1))
    for format, bits in (("png", 8), ("tiff", 16), ("tiff", 8)):
        data = encode(colours, format, coverage=candidate.matte, bits=bits)
        assert np.abs(read_photo(data).image - wanted).max() < 2 * STEP


def test_coverage_that_does_not_belong(tmp_path: Path) -> None:
    image = np.full((8, 8, 3), 0.5, np.float32)
    with pytest.raises(InputError, match="no transparency"):
        encode(image, "jpeg", coverage=image[..., 0])
    with pytest.raises(InputError, match="coverage"):
        encode(image, "png", coverage=image[:4, :, 0])


UNIT = st.floats(0, 1, width=32)
COLOUR = st.tuples(UNIT, UNIT, UNIT)


@given(
    arrays.arrays(np.float32, (6, 5, 3), elements=UNIT),
    arrays.arrays(np.float32, (6, 5), elements=UNIT),
    COLOUR,
    COLOUR,
)
def test_what_is_laid_on_a_tone_comes_off_it(colours, matte, tone, background) -> None:
    image = laid_on(colours, matte, tone)
    assert stands_on(image, matte, tone)
    found = taken_off(image, matte, tone)
    assert found.min() >= 0 and found.max() <= 1
    wanted = over(colours, matte, background)
    assert np.abs(over(found, matte, background) - wanted).max() < 0.6 * STEP
