"""What every generator keeps to, on real sitters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.errors import Cancelled, ConsentError, InputError, NoSource
from headshots.core.generation import GENERATORS, Candidate, Painting, Request, find_look
from headshots.core.identity.identity import Identity
from headshots.core.progress import Progress
from headshots.core.settings import settings

NAMES = GENERATORS.names()
WIDTH = 256


@pytest.fixture(scope="module", autouse=True)
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tiny Stable Diffusion for those that paint."""
    from ..tiny.models import sd15

    folder = tmp_path_factory.mktemp("contract")
    sd15(folder / "sd15")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


def asked(identity: Identity, count: int = 1, *looks: str, **more: Any) -> Request:
    chosen = tuple(find_look(look) for look in looks or ("studio-grey",))
    given = {"seed": 3, "width": WIDTH, "painting": Painting(steps=2), **more}
    return Request(identity, chosen, count, **given)


def made(name: str, request: Request) -> list[Candidate]:
    return list(GENERATORS.get(name).generate(request))


@pytest.mark.parametrize("name", NAMES)
def test_candidates_are_pictures_of_their_looks_and_say_how_they_came_to_be(
    name: str, sitter: Identity
) -> None:
    looks = ("studio-grey", "clean-white")
    candidates = made(name, asked(sitter, 3, *looks))
    assert [each.origin.look for each in candidates] == [*looks, looks[0]]
    for candidate in candidates:
        height = round(WIDTH / find_look(candidate.origin.look).framing.aspect)
        assert candidate.image.shape == (height, WIDTH, 3)
        assert candidate.matte.shape == (height, WIDTH)
        for array in (candidate.image, candidate.matte):
            assert array.dtype == np.float32 and np.isfinite(array).all()
            assert array.min() >= 0 and array.max() <= 1
        origin = candidate.origin
        assert origin.generator == name and origin.seed == 3 and origin.deliverable
        (photo,) = [each for each in sitter.photos if each.name == origin.photo]
        assert origin.sources == (photo.sha256,)
        assert origin.source_type.startswith(("composite", "trained", "digital"))
        assert all(isinstance(each, str | int | float | bool) for each in origin.settings.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_same_request_gives_the_same_bytes_and_another_seed_others(
    name: str, sitter: Identity
) -> None:
    first, again, other = (made(name, asked(sitter, 2, seed=seed)) for seed in (3, 3, 4))
    for one, two, three in zip(first, again, other, strict=True):
        assert np.array_equal(one.image, two.image) and one.origin == two.origin
        assert not np.array_equal(one.image, three.image)
    assert not np.array_equal(first[0].image, first[1].image)


@pytest.mark.parametrize("name", NAMES)
def test_it_reports_each_picture_and_stops(name: str, sitter: Identity) -> None:
    seen: list[float] = []
    shown: list[float] = []

    def report(share: float, note: str, preview: Any) -> None:
        seen.append(share)
        if preview is not None:
            shown.append(share)

    request = asked(sitter, 2)
    list(GENERATORS.get(name).generate(request, Progress(report)))
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] == 1 and len(shown) == 2
    with pytest.raises(Cancelled):
        list(GENERATORS.get(name).generate(request, Progress(stopped=lambda: True)))
    assert made(name, request), "and goes on to work"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change", [{"count": 0}, {"count": 501}, {"width": 255}, {"width": 4097}, {"looks": ()}]
)
def test_what_is_out_of_range_is_refused(
    name: str, change: dict[str, Any], sitter: Identity
) -> None:
    with pytest.raises(InputError):
        made(name, replace(asked(sitter), **change))


@pytest.mark.parametrize("name", NAMES)
def test_without_photos_there_is_no_source(name: str, sitter: Identity) -> None:
    with pytest.raises(NoSource):
        made(name, asked(replace(sitter, photos=())))


@pytest.mark.parametrize("name", NAMES)
def test_matched_pictures_of_several_people_are_framed_alike(
    name: str, sitter: Identity, astronaut: Identity
) -> None:
    one, two = (made(name, asked(each, matched=True))[0] for each in (sitter, astronaut))
    assert one.image.shape == two.image.shape
    assert one.origin.settings["key-elevation"] == two.origin.settings["key-elevation"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sitter_who_did_not_agree_is_not_pictured(name: str, sitter: Identity) -> None:
    other = replace(sitter.consent, uses=frozenset({"deliver"}))
    with pytest.raises(ConsentError):
        made(name, asked(replace(sitter, consent=other)))
