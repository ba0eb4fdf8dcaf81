"""What every generator keeps to, on real sitters; one that paints, with models of every family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.errors import Cancelled, ConsentError, InputError, NoSource
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting
from headshots.core.progress import SILENT, Progress
from headshots.core.provenance import Relit, provenance_from_json
from headshots.core.settings import settings

# The generator, and the tiny model that it is to use.
CASES = {
    "studio": ("studio", ""),
    **{model: ("diffusion", model) for model in ("sd15", "sdxl", "klein")},
}
WIDTH = 256


def test_every_generator_is_held_to_it() -> None:
    assert {generator for generator, _ in CASES.values()} == set(GENERATORS.names())
    assert {model for _, model in CASES.values()} == {"", *FAMILIES}


@pytest.fixture(scope="module", autouse=True)
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tiny models for those that paint."""
    from ..tiny import models

    folder = tmp_path_factory.mktemp("contract")
    for name in FAMILIES:
        getattr(models, name)(folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=() if name == "studio" else pytest.mark.slow) for name in CASES
    ],
)
def name(request: pytest.FixtureRequest) -> str:
    """One case after the other, so that each model is opened once."""
    return request.param


def asked(identity: Identity, count: int = 1, *looks: str, **more: Any) -> Request:
    chosen = tuple(find_look(look) for look in looks or ("studio-grey",))
    given = {"seed": 3, "width": WIDTH, "painting": Painting(steps=1), **more}
    return Request(identity, chosen, count, **given)


def made(name: str, request: Request, progress: Progress = SILENT) -> list[Candidate]:
    generator, model = CASES[name]
    painting = replace(request.painting, model=model)
    return list(GENERATORS.get(generator).generate(replace(request, painting=painting), progress))


def test_candidates_are_pictures_of_their_looks_and_say_how_they_came_to_be(
    name: str, sitter: Identity
) -> None:
    looks = ("studio-grey", "clean-white")
    candidates = made(name, asked(sitter, 3, *looks))
    assert [each.provenance.look for each in candidates] == [*looks, looks[0]]
    for candidate in candidates:
        height = round(WIDTH / find_look(candidate.provenance.look).framing.aspect)
        assert candidate.image.shape == (height, WIDTH, 3)
        matte = candidate.portrait.cutout
        assert matte.shape == (height, WIDTH)
        for array in (candidate.image, matte):
            assert array.dtype == np.float32 and np.isfinite(array).all()
            assert array.min() >= 0 and array.max() <= 1
        provenance = candidate.provenance
        assert (
            provenance.generator == CASES[name][0]
            and provenance.seed == 3
            and provenance.deliverable
        )
        (photo,) = [each for each in sitter.photos if each.name == provenance.photo]
        assert provenance.sources == (photo.sha256,)
        assert provenance.source_type is not None
        assert provenance_from_json(provenance.to_json()) == provenance.model_copy(
            update={"photo": ""}
        )


def test_the_same_request_gives_the_same_bytes_and_another_seed_others(
    name: str, sitter: Identity
) -> None:
    first, again, other = (made(name, asked(sitter, 2, seed=seed)) for seed in (3, 3, 4))
    for one, two, three in zip(first, again, other, strict=True):
        assert np.array_equal(one.image, two.image) and one.provenance == two.provenance
        assert not np.array_equal(one.image, three.image)
    assert not np.array_equal(first[0].image, first[1].image)


def test_it_reports_each_picture_and_stops(name: str, sitter: Identity) -> None:
    seen: list[float] = []
    shown: list[float] = []

    def report(share: float, note: str, preview: Any) -> None:
        seen.append(share)
        if preview is not None:
            shown.append(share)

    request = asked(sitter, 2)
    made(name, request, Progress(report))
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] == 1 and len(shown) == 2
    with pytest.raises(Cancelled):
        made(name, request, Progress(stopped=lambda: True))
    assert made(name, request), "and goes on to work"


@pytest.mark.parametrize(
    "change", [{"count": 0}, {"count": 501}, {"width": 255}, {"width": 4097}, {"looks": ()}]
)
def test_what_is_out_of_range_is_refused(
    name: str, change: dict[str, Any], sitter: Identity
) -> None:
    with pytest.raises(InputError):
        made(name, replace(asked(sitter), **change))


def test_without_photos_there_is_no_source(name: str, sitter: Identity) -> None:
    with pytest.raises(NoSource):
        made(name, asked(replace(sitter, photos=())))


def test_matched_pictures_of_several_people_are_framed_alike(
    name: str, sitter: Identity, astronaut: Identity
) -> None:
    one, two = (made(name, asked(each, matched=True))[0] for each in (sitter, astronaut))
    assert one.image.shape == two.image.shape
    assert one.provenance.last(Relit) == two.provenance.last(Relit)


def test_a_sitter_who_did_not_agree_is_not_pictured(name: str, sitter: Identity) -> None:
    other = replace(sitter.consent, uses=frozenset({"deliver"}))
    with pytest.raises(ConsentError):
        made(name, asked(replace(sitter, consent=other)))
