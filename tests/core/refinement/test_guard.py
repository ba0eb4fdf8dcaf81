"""Never worse: what the guard keeps, and what it hands back."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from headshots.core.errors import Cancelled, InputError, UnknownName
from headshots.core.faces import Face
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, blur, fit, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT, Progress
from headshots.core.refinement import REFINERS, guard
from headshots.core.refinement.guard import TOLERANCE, refine
from headshots.core.refinement.refiner import Refiner
from headshots.core.registry import Registry


class Smudge:
    """A refiner that does harm: the face becomes a blur."""

    name = "smudge"
    scale = 1
    source_type = "algorithmicallyEnhanced"

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Refiner.refine`."""
        return blur(image, strength * face.width / 8)


class Doubled(Smudge):
    """The same harm, twice the size."""

    name = "doubled"
    scale = 2

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Refiner.refine`."""
        large = resize(image, image.shape[1] * 2, image.shape[0] * 2)
        return super().refine(large, face.scaled(2), strength, progress)


@pytest.fixture(scope="module")
def picture(photos: Path) -> Image:
    """A photo of the sitter."""
    return fit(read_photo(photos / "obama.jpg").image, 700)[0]


@pytest.fixture
def harmful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry with two refiners that do harm beside the real ones."""
    registry: Registry[Refiner] = Registry("refiner")
    for name in REFINERS.names():
        registry.add(name, f"refinement.{name}:load")
    made = {"smudge": Smudge(), "doubled": Doubled()}
    known = registry.get
    monkeypatch.setattr(registry, "get", lambda name: made.get(name) or known(name))
    monkeypatch.setattr(guard, "REFINERS", registry)


def test_a_harmless_result_is_kept(picture: Image, sitter: Identity) -> None:
    done = refine(Portrait(picture), sitter, refiners=["retouch"], strength=0.2)
    assert done.kept and not np.array_equal(done.image, picture)
    assert done.image.shape == picture.shape
    assert done.after >= done.before - 0.08 * TOLERANCE
    assert "retouch: kept" in done.reason and f"{done.before:.3f}" in done.reason


def test_of_too_much_a_part_is_kept(
    picture: Image, sitter: Identity, harmful: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = refine(Portrait(picture), sitter, refiners=["smudge"], strength=0.05)
    assert done.kept and "% of it kept" in done.reason
    assert done.after >= done.before - 0.08 * TOLERANCE
    share = 0.5 if "50%" in done.reason else 0.25
    whole = Smudge().refine(picture, Portrait(picture).sitter(""), 0.05)
    assert np.allclose(done.image, picture + np.float32(share) * (whole - picture), atol=1e-6)


def test_harm_is_undone_to_the_pixel(picture: Image, sitter: Identity, harmful: None) -> None:
    done = refine(Portrait(picture), sitter, refiners=["smudge"], strength=1.0)
    assert not done.kept and np.array_equal(done.image, picture)
    assert done.after == done.before and "less like the sitter" in done.reason


def test_a_harmful_enlargement_is_made_plainly(
    picture: Image, sitter: Identity, harmful: None
) -> None:
    done = refine(Portrait(picture), sitter, refiners=["doubled"], strength=1.0)
    height, width = picture.shape[:2]
    assert not done.kept
    assert np.array_equal(done.image, resize(picture, 2 * width, 2 * height))
    assert "enlarged 2 times without it" in done.reason


def test_each_of_a_chain_is_judged_alone(picture: Image, sitter: Identity, harmful: None) -> None:
    alone = refine(Portrait(picture), sitter, refiners=["retouch"], strength=0.2)
    done = refine(Portrait(picture), sitter, refiners=["retouch", "smudge"], strength=0.2)
    assert done.kept and np.array_equal(done.image, alone.image)
    assert "retouch: kept" in done.reason and "smudge: not kept" in done.reason
    nothing = refine(Portrait(picture), sitter, refiners=[])
    assert nothing.image is picture and not nothing.kept


def test_without_a_face_nothing_is_done(sitter: Identity, photos: Path) -> None:
    wall = np.full((90, 70, 3), 0.4, np.float32)
    done = refine(Portrait(wall), sitter, refiners=["retouch", "upscale"])
    assert done.image is wall and not done.kept and "no face" in done.reason
    crowd = read_photo(photos / "group5.jpg").image
    assert refine(Portrait(crowd), sitter, refiners=["retouch"]).image is crowd


def test_wrong_requests_are_named(picture: Image, sitter: Identity) -> None:
    with pytest.raises(InputError, match="strength"):
        refine(Portrait(picture), sitter, refiners=["retouch"], strength=1.5)
    with pytest.raises(UnknownName, match="retuch"):
        refine(Portrait(picture), sitter, refiners=["retuch"])
    with pytest.raises(Cancelled):
        refine(
            Portrait(picture), sitter, refiners=["retouch"], progress=Progress(stopped=lambda: True)
        )


@pytest.mark.slow
def test_an_enlargement_stays_the_sitter(picture: Image, sitter: Identity) -> None:
    small, _ = fit(picture, 160)
    done = refine(Portrait(small), sitter, refiners=["upscale"], strength=0.6)
    assert done.image.shape == (small.shape[0] * 4, small.shape[1] * 4, 3)
    assert done.after >= done.before - 0.08 * TOLERANCE


class Watching(Smudge):
    """A refiner that changes nothing and remembers what it was told of lasting features."""

    name = "watching"
    told: ClassVar[list[Mask | None]] = []

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Refiner.refine`."""
        self.told.append(keep)
        return image


def test_lasting_features_are_told_of_the_sitter_and_nobody_else(
    picture: Image, sitter: Identity, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry: Registry[Refiner] = Registry("refiner")
    monkeypatch.setattr(registry, "get", lambda name: Watching())
    monkeypatch.setattr(guard, "REFINERS", registry)
    Watching.told.clear()
    refine(Portrait(picture), sitter, refiners=["watching"])
    (told,) = Watching.told
    assert told is not None and told.shape == picture.shape[:2]
    assert bool(told.max() > 0) == bool(sitter.features)
    Watching.told.clear()
    other = fit(read_photo(photos / "biden.jpg").image, 700)[0]
    refine(Portrait(other), sitter, refiners=["watching"])
    assert Watching.told == [None]
