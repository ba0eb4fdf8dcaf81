"""A small source is enlarged by the network: in place, sharper, recorded; a large one is not."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from headshots.core.errors import Cancelled
from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.studio.plate import few_pixels
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.images import from_u8, resize, to_u8
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.sharpness import edge_blur, focus_areas, sharpness
from headshots.core.progress import Progress
from headshots.core.provenance import Enlarged, SourceType
from headshots.core.scoring.score import score_all
from headshots.core.vault.consent import agreed

pytestmark = pytest.mark.slow

HEAD = 600


@dataclass(frozen=True, eq=False)
class Small:
    """A sitter enrolled from one photo with a face of 120 pixels, and its plates."""

    sitter: Identity
    drawn: Plate
    resampled: Plate


@pytest.fixture(scope="module")
def small(photos: Path) -> Small:
    image = read_photo(photos / "obama.jpg").image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    size = (round(side * 120 / face.width) for side in image.shape[1::-1])
    buffer = BytesIO()
    Pictures.fromarray(to_u8(resize(image, *size))).save(buffer, "PNG")
    sitter = enrol(
        "Small",
        [read_photo(buffer.getvalue(), name="small.png")],
        consent=agreed("Small", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
    ).identity
    drawn = make_plate(sitter.photos[0], HEAD, sitter)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few_pixels, "_WORTH", 100)
        resampled = make_plate(sitter.photos[0], HEAD, sitter)
    return Small(sitter, drawn, resampled)


def test_it_is_sharper_and_in_the_same_place(small: Small) -> None:
    drawn, resampled = small.drawn, small.resampled
    assert drawn.enlarged == 4 and resampled.enlarged == 1
    assert drawn.upscale == resampled.upscale > 2.5
    one, other = from_u8(drawn.original), from_u8(resampled.original)
    assert one.shape == other.shape
    area, _ = focus_areas(drawn.face.landmarks)
    assert edge_blur(area.cut(one)) < 0.8 * edge_blur(area.cut(other))
    coarse = [resize(each, each.shape[1] // 4, each.shape[0] // 4) for each in (one, other)]
    inside = resize(drawn.matte, coarse[0].shape[1], coarse[0].shape[0]) > 0.9
    assert np.abs(coarse[0] - coarse[1])[inside].mean() < 0.01


def test_the_face_lies_where_the_plate_says(small: Small) -> None:
    (face,) = ANALYSERS.get("embedded").analyse(from_u8(small.drawn.original), embed=False)
    apart = face.landmarks[:468, :2] - small.drawn.face.landmarks[:468, :2]
    assert np.linalg.norm(apart.mean(0)) < 0.01 * face.width


def test_a_large_source_stays(sitter: Identity) -> None:
    plate = make_plate(sitter.photos[0], 300, sitter)
    assert plate.enlarged == 1


def test_it_can_be_stopped(small: Small) -> None:
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        make_plate(small.sitter.photos[0], HEAD, small.sitter, progress=Progress(stopped=stopped))


@pytest.fixture(scope="module")
def candidate(small: Small) -> Candidate:
    request = Request(small.sitter, (find_look("studio-grey"),), 1, 1, 1024)
    return next(iter(GENERATORS.get("studio").generate(request)))


def test_the_picture_is_sharp_and_says_what_was_done(small: Small, candidate: Candidate) -> None:
    record = candidate.provenance.last(Enlarged)
    assert record is not None and record.factor > 2 and record.network
    assert candidate.provenance.source_type is SourceType.COMPOSITE_SYNTHETIC
    (face,) = ANALYSERS.get("embedded").analyse(candidate.image, embed=False)
    assert sharpness(candidate.image, face) > 0.7


def test_a_picture_enlarged_too_far_is_refused(small: Small, candidate: Candidate) -> None:
    request = Request(small.sitter, (find_look("studio-grey"),), 1, 1, 2048)
    large = next(iter(GENERATORS.get("studio").generate(request)))
    pictures = [
        Picture("usual", candidate.portrait, candidate.provenance),
        Picture("large", large.portrait, large.provenance),
    ]
    refused = [
        any(each.name == "enlargement" and each.refuses for each in card.measures)
        for card in score_all(pictures, small.sitter)
    ]
    assert refused == [False, True]
