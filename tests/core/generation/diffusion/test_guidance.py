"""Likeness with a gradient: the same network, and pictures drawn nearer by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.alignment import arcface
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion.families.latents import to_pixels
from headshots.core.generation.diffusion.families.painter import PaintJob
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import machine, plan
from headshots.core.generation.diffusion.sampling.guidance import guide_of, window_of
from headshots.core.generation.diffusion.sampling.mobilefacenet import Recogniser, aligned
from headshots.core.generation.diffusion.sampling.sampler import shifted
from headshots.core.generation.diffusion.sampling.steering import Steering
from headshots.core.identity.identity import Identity
from headshots.core.images import Box, Image, resize
from headshots.core.painting import Painting
from headshots.core.photos import read_photo
from headshots.core.registry import resolve

from ....histories import painting
from .conftest import FAMILIES

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_tiles")]


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser().eval()


@pytest.fixture(scope="module")
def pictured(photos: Path) -> list[tuple[Image, Face]]:
    """Photos of two people, with their faces."""
    analyser = ANALYSERS.get("embedded")
    pictures = [read_photo(photos / name).image for name in ("obama.jpg", "biden.jpg")]
    return [(image, analyser.analyse(image)[0]) for image in pictures]


def test_it_embeds_as_the_file_does(
    recogniser: Recogniser, pictured: list[tuple[Image, Face]]
) -> None:
    steering = ANALYSERS.get("embedded").recogniser
    assert recogniser.name == steering.name
    with torch.no_grad():
        for image, face in pictured:
            (theirs,) = steering.embed(image, [face])
            same = recogniser(to_pixels([arcface(image, face.points)])).numpy()[0]
            assert np.abs(same - theirs).max() < 1e-4
            # Aligned by torch too, which averages large faces a little otherwise.
            ours = recogniser(aligned(to_pixels([image]), face.points)).numpy()[0]
            assert ours @ theirs > 0.98


def test_likeness_has_a_gradient_that_leads_to_it(
    recogniser: Recogniser, pictured: list[tuple[Image, Face]]
) -> None:
    (image, face), (_, other) = pictured
    pixels = to_pixels([arcface(image, face.points)]).requires_grad_(True)
    wanted = torch.from_numpy(other.embedding)
    before = (recogniser(pixels) @ wanted).sum()
    (slope,) = torch.autograd.grad(before, pixels)
    with torch.no_grad():
        after = (recogniser(pixels + 0.05 * slope / slope.abs().max()) @ wanted).sum()
    assert after > before + 0.01


def painter_of(family: str) -> Any:
    model = find_model(family)
    return resolve(model.family.painter)(load(model, plan(model, machine())))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_of_guidance_leads_to_the_sitter_who_is_meant(
    family: str,
    models: Path,
    recogniser: Recogniser,
    pictured: list[tuple[Image, Face]],
    sitter: Identity,
    astronaut: Identity,
) -> None:
    painter = painter_of(family)
    photo, found = pictured[1]
    half = round(0.8 * max(found.box.width, found.box.height))
    x, y = (round(each) - half for each in found.box.centre)
    small = resize(np.ascontiguousarray(photo[y : y + 2 * half, x : x + 2 * half]), 128, 128)
    face = shifted(found, Box(x, y, x + 2 * half, y + 2 * half)).scaled(64 / half)
    begun = PaintJob(small, None, face, "", 0)
    templates = [each.templates[Recogniser.name].vector for each in (sitter, astronaut)]
    towards = [Steering(Recogniser.name, recogniser, each) for each in templates]
    seen, rows, columns = window_of(painter, face)
    steering = ANALYSERS.get("embedded").recogniser

    def scores(latents: torch.Tensor) -> list[float]:
        """Likeness to both, as it is judged on the way."""
        (image,) = painter.decode(latents[..., rows, columns])
        return [float(steering.embed(image, [seen])[0] @ template) for template in templates]

    with torch.no_grad():
        clean = painter.encode([small])
        drawn = [guide_of(painter, each, 1.0)(clean, [begun], 4, 8) for each in towards]
        assert guide_of(painter, towards[0], 1.0)(clean, [begun], 5, 8) is clean, "only at some"
    base, first, second = scores(clean), scores(drawn[0]), scores(drawn[1])
    assert first[0] > base[0] + 0.001 and second[1] > base[1] + 0.001
    assert not torch.equal(drawn[0], drawn[1]), "two sitters differ"


def make(identity: Identity, guidance: float) -> Candidate:
    painting = Painting(
        "sd15", region="everything", adapter="none", strength=0.5, steps=6, guidance=guidance
    )
    request = Request(identity, (find_look("studio-grey"),), 1, 3, 256, painting=painting)
    (made,) = GENERATORS.get("diffusion").generate(request)
    return made


def test_guidance_draws_pictures_to_the_sitter(models: Path, sitter: Identity) -> None:
    base, on = make(sitter, 0.0), make(sitter, 1.0)
    assert np.array_equal(make(sitter, 1.0).image, on.image), "again the same"
    assert painting(base).guidance is None and painting(on).guidance.strength == 1.0
    steering = ANALYSERS.get("embedded")
    request = Request(sitter, (find_look("studio-grey"),), 1, 3, 256)
    (composite,) = GENERATORS.get("studio").generate(request)
    (face,) = steering.analyse(composite.image, embed=False)  # theirs stands in the same place
    template = sitter.templates[steering.recogniser.name].vector
    before, after = (
        float(steering.recogniser.embed(each.image, [face])[0] @ template) for each in (base, on)
    )
    assert after > before + 0.02
