"""The diffusion generator with tiny models of every family: what it paints, what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import Cancelled, InputError, ModelMissing, UnknownName
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion.models.model_pool import MODEL_POOL
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting
from headshots.core.progress import Progress
from headshots.core.settings import settings

from ....histories import painting
from .conftest import FAMILIES

pytestmark = pytest.mark.slow

WIDTH = 256


def make(
    identity: Identity, painting: Painting, count: int = 1, looks: Sequence[str] = ("studio-grey",)
) -> list[Candidate]:
    chosen = tuple(find_look(name) for name in looks)
    request = Request(identity, chosen, count, seed=3, width=WIDTH, painting=painting)
    return list(GENERATORS.get("diffusion").generate(request))


@pytest.fixture(scope="module")
def composite(sitter: Identity) -> Candidate:
    """The studio's picture that everything here begins from."""
    request = Request(sitter, (find_look("studio-grey"),), 1, seed=3, width=WIDTH)
    (made,) = GENERATORS.get("studio").generate(request)
    return made


@pytest.mark.parametrize("family", FAMILIES)
def test_surroundings_are_painted_and_the_face_is_the_sitters_own_pixels(
    family: str, models: Path, sitter: Identity, composite: Candidate
) -> None:
    (made,) = make(sitter, Painting(family, steps=2))
    assert made.image.shape == composite.image.shape and made.image.dtype == np.float32
    assert made.image.min() >= 0 and made.image.max() <= 1
    changed = np.abs(made.image - composite.image).max(axis=2)
    assert changed[:20].mean() > 0.02, "the backdrop was painted"
    nose = changed[120:170, 110:145]
    assert nose.max() == 0, "the face is untouched"
    assert made.provenance.generator == "diffusion"
    assert made.provenance.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert painting(made).by.name == family
    assert painting(made).region == "surroundings"


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_can_be_painted(
    family: str, models: Path, sitter: Identity, composite: Candidate
) -> None:
    painting = Painting(family, region="everything", steps=2)
    (made,) = make(sitter, painting)
    assert np.abs(made.image - composite.image)[120:170, 110:145].mean() > 0.02


def test_the_same_request_gives_the_same_bytes_and_the_text_counts(
    models: Path, sitter: Identity
) -> None:
    (made,) = make(sitter, Painting("sd15", steps=1))
    (again,) = make(sitter, Painting("sd15", steps=1))
    assert np.array_equal(made.image, again.image)
    (other,) = make(sitter, Painting("sd15", "in a navy suit", steps=1))
    assert not np.array_equal(made.image, other.image)


def test_the_photos_of_the_sitter_are_looked_at(
    models: Path, sitter: Identity, astronaut: Identity
) -> None:
    from headshots.core.generation.diffusion.adapters.identity_conditioning import references

    look = find_look("studio-grey")
    shown = references(sitter, look, 3, 64)
    assert len(shown) == 3 and all(each.shape == (64, 64, 3) for each in shown)
    assert len(references(astronaut, look, 3, 64)) == 1, "one photo, one reference"


def test_a_batch_goes_round_looks_of_several_shapes(models: Path, sitter: Identity) -> None:
    made = make(sitter, Painting("sd15", steps=1), 3, ("studio-grey", "clean-white"))
    assert [each.provenance.look for each in made] == ["studio-grey", "clean-white", "studio-grey"]
    assert len({painting(each).seed for each in made}) == 3


def test_it_reports_progress_and_stops(models: Path, sitter: Identity) -> None:
    seen: list[float] = []
    request = Request(
        sitter, (find_look("studio-grey"),), 1, 3, WIDTH, painting=Painting("sd15", steps=2)
    )
    watched = Progress(lambda share, note, preview: seen.append(share))
    list(GENERATORS.get("diffusion").generate(request, watched))
    assert seen == sorted(seen) and seen[-1] == 1
    with pytest.raises(Cancelled):
        list(GENERATORS.get("diffusion").generate(request, Progress(stopped=lambda: True)))


def test_it_uses_as_many_threads_as_are_set(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setenv("HEADSHOTS_THREADS", "3")
    settings.cache_clear()
    before = torch.get_num_threads()
    assert before != 3
    with MODEL_POOL.open(Painting("sd15"), None):
        assert torch.get_num_threads() == 3
    with MODEL_POOL.bare("sd15", False):  # for tuning
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == before
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    "painting",
    [
        Painting("sd15", strength=1.5),
        Painting("sd15", likeness=-1),
        Painting("sd15", steps=1000),
        Painting("sd15", region="nose"),  # type: ignore[arg-type]
        Painting("sd51"),
    ],
)
def test_what_can_not_be_is_refused(painting: Painting, models: Path, sitter: Identity) -> None:
    with pytest.raises((InputError, UnknownName)):
        make(sitter, painting)


def test_without_a_model_it_says_what_to_do(sitter: Identity, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path))
        settings.cache_clear()
        with pytest.raises(ModelMissing, match="headshots models pull"):
            make(sitter, Painting())
    settings.cache_clear()
