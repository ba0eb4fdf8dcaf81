"""Stray hairs drawn on real people go, and hair, beards, curls and what is worn stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from headshots.core.faces import Face
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.looks import Finish
from headshots.core.generation.studio.compose.edges import cleaned
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.generation.studio.retouch.stray_hairs import without_stray_hairs
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, from_u8
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.mending import mended
from headshots.core.portrait.segments import Segment, Segments
from headshots.core.provenance import Retouched
from headshots.core.retouching import Retouching

from ... import strands


@dataclass(frozen=True, eq=False)
class Sitter:
    """A levelled photo and its cut-out."""

    image: Image
    face: Face
    matte: Mask
    segments: Segments

    @classmethod
    def of(cls, image: Image, face: Face) -> Sitter:
        closed, alone, segments = mended(image, cut_out(image, face).matte, face)
        return cls(image, face, cleaned(closed, alone, face)[1], segments)

    @property
    def neat(self) -> Mask:
        return without_stray_hairs(self.matte, self.face, self.segments)


@pytest.fixture(scope="module")
def plates(sitter: Identity, astronaut: Identity) -> list[Plate]:
    return [make_plate(photo, 560) for photo in (*sitter.photos[:2], *astronaut.photos)]


@pytest.fixture(scope="module")
def people(plates: list[Plate]) -> list[Sitter]:
    return [Sitter.of(from_u8(plate.original), plate.face) for plate in plates]


def test_planted_strands_go(people: list[Sitter]) -> None:
    """Of those that the cut-out keeps at all four of five."""
    left: list[float] = []
    for seed, person in enumerate(people):
        planted = strands.planted(person.image, person.matte, person.face, person.segments, seed)
        with_strands = Sitter.of(planted.image, person.face)
        left += strands.left_of(
            planted.strands, person.matte, with_strands.matte, with_strands.neat, person.face.width
        )
    assert len(left) >= 12
    assert np.mean(np.array(left) < 0.35) > 0.8


def test_the_outline_and_what_lies_in_it_stay(people: list[Sitter]) -> None:
    for person in people:
        width = person.face.width
        change = person.matte - person.neat
        assert (change >= 0).all()
        assert change.sum() < 0.01 * width**2
        solid = cv2.morphologyEx(
            (person.matte > 0.5).astype(np.uint8), cv2.MORPH_OPEN, np.ones((15, 15), np.uint8)
        )
        assert change[solid > 0].max() < 1e-3


def test_without_hair_the_matte_itself_is_returned(people: list[Sitter]) -> None:
    person = people[0]
    shares = person.segments.shares.copy()
    shares[..., Segment.CLOTHES] += shares[..., Segment.HAIR]
    shares[..., Segment.HAIR] = 0
    bald = replace(person.segments, shares=shares)
    assert without_stray_hairs(person.matte, person.face, bald) is person.matte


def crown_of(person: Sitter) -> tuple[int, int]:
    """Column and row of the top of the hair above the nose."""
    column = round(float(person.face.landmarks[1, 0]))
    return column, int(np.flatnonzero(person.matte[:, column] > 0.5)[0])


def curl(canvas: Mask, x: int, y: int, width: float) -> None:
    radius = round(0.045 * width)
    cv2.circle(canvas, (x, y - radius + 3), radius, 1.0, max(2, round(0.012 * width)), cv2.LINE_AA)


def braid(canvas: Mask, x: int, y: int, width: float) -> None:
    thick = max(3, round(0.04 * width))
    end = (x + round(0.2 * width), y - round(0.25 * width))
    cv2.line(canvas, (x, y + thick), end, 1.0, thick, cv2.LINE_AA)


def tuft(canvas: Mask, x: int, y: int, width: float) -> None:
    """Many strands side by side."""
    rng = np.random.default_rng(1)
    for _ in range(60):
        start = (x + round(rng.uniform(-0.12, 0.12) * width), y + 3)
        end = (start[0] + round(rng.uniform(-0.02, 0.02) * width), y - round(0.1 * width))
        cv2.line(canvas, start, end, 1.0, 2, cv2.LINE_AA)


@pytest.mark.parametrize("drawn", [curl, braid, tuft])
def test_what_is_more_than_a_strand_stays(people: list[Sitter], drawn: object) -> None:
    assert callable(drawn)
    for person in people:
        canvas = np.zeros_like(person.matte)
        drawn(canvas, *crown_of(person), person.face.width)
        matte = np.maximum(person.matte, canvas)
        neat = without_stray_hairs(matte, person.face, person.segments)
        added = canvas > 0.9
        assert (neat[added] / matte[added]).mean() > 0.85


def test_a_hook_at_an_ear_stays(people: list[Sitter]) -> None:
    """An earring on a thin hook, drawn under the lobe."""
    for person in people:
        width = person.face.width
        x, y = (round(float(each)) for each in person.face.landmarks[132, :2])
        canvas = np.zeros_like(person.matte)
        cv2.line(canvas, (x, y), (x - round(0.03 * width), y + round(0.2 * width)), 1.0, 2)
        matte = np.maximum(person.matte, canvas)
        change = matte - without_stray_hairs(matte, person.face, person.segments)
        assert not change[canvas > 0].max() > 0.05


def _finish(finish: Finish, share: float) -> Finish:
    return replace(finish, retouch=replace(Retouching.none(), stray_hairs=share), grain=0.002)


def test_a_look_neatens_as_far_as_it_says(astronaut: Identity) -> None:
    """Through the whole studio; nothing but strands changes."""
    grey = find_look("studio-grey")
    made = {
        share: next(
            GENERATORS.get("studio").generate(
                Request(
                    astronaut,
                    (replace(grey, finish=_finish(grey.finish, share)),),
                    1,
                    3,
                    640,
                    matched=True,
                )
            )
        )
        for share in (0.0, 0.5, 1.0)
    }
    edits = {share: each.provenance.last(Retouched) for share, each in made.items()}
    assert edits == {0.0: None, 0.5: Retouched(stray_hairs=0.5), 1.0: Retouched(stray_hairs=1.0)}
    full = made[0.0].matte - made[1.0].matte
    half = made[0.0].matte - made[0.5].matte
    assert full.max() > 0.1
    np.testing.assert_allclose(half, full / 2, atol=5e-3)
    moved = np.abs(made[1.0].image - made[0.0].image).max(axis=2) > 0.04
    near = cv2.dilate((full > 0.02).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    assert not moved[~near].any()
