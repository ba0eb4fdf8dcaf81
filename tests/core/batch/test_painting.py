"""One process paints for all: those who wait together are painted together, each as alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import sleep

import numpy as np
import pytest

from headshots.core.batch.paint_server import PaintServer, RemotePainter, paint_server
from headshots.core.errors import Cancelled, NoSource, UnknownName, WorkerLost
from headshots.core.generation import Candidate, Request, find_look
from headshots.core.generation.diffusion.generator import Diffusion
from headshots.core.identity.identity import Identity
from headshots.core.painting import Painting
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import Progress
from headshots.core.settings import settings

from ...histories import studio

pytestmark = pytest.mark.slow


def request(identity: Identity, seed: int = 3, model: str = "sd15") -> Request:
    painting = Painting(model, steps=1, adapter="none")
    return Request(identity, (find_look("studio-grey"),), 1, seed, 256, painting=painting)


def test_who_waits_is_painted_with_the_others_and_errors_are_ones_own(sitter: Identity) -> None:
    asked: list[list[int]] = []
    begun, go_on = Event(), Event()

    def together(
        requests: Sequence[Request], progress: Progress
    ) -> Iterator[tuple[int, Candidate]]:
        asked.append([each.seed for each in requests])
        begun.set()
        go_on.wait(30)
        progress.check()
        for who, each in enumerate(requests):
            if each.seed == 2:
                raise NoSource("No photo of 2 will do", "Add one.")
            picture = np.full((4, 4, 3), each.seed / 10, np.float32)
            provenance = studio(seed=each.seed)
            yield who, Candidate(Portrait(picture, picture[..., 0]), provenance)

    stopped = Event()
    paints = PaintServer(stopped.is_set, together)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(paints.paint, request(sitter, 1))
        assert begun.wait(30)
        rest = [pool.submit(paints.paint, request(sitter, seed)) for seed in (2, 3, 4)]
        while len(paints._orders) < 3:
            sleep(0.01)
        go_on.set()
        assert [each.provenance.seed for each in first.result()] == [1]
        with pytest.raises(NoSource, match="2"):
            rest[0].result()
        assert [each.result()[0].provenance.seed for each in rest[1:]] == [3, 4]
    assert asked[0] == [1] and sorted(asked[1]) == [2, 3, 4]
    stopped.set()
    with pytest.raises(Cancelled):
        paints.paint(request(sitter, 5))


def test_process_that_paints_gives_what_the_generator_does(
    sitter: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ...tiny import models as tiny

    tiny.sd15(tmp_path / "sd15")
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path))
    settings.cache_clear()
    spawning = multiprocessing.get_context("spawn")
    stopping, _working = spawning.Pipe(duplex=False)
    with paint_server(spawning, stopping) as paints:
        lent = RemotePainter(paints)
        (made,) = lent.generate(request(sitter))
        with pytest.raises(UnknownName):
            list(lent.generate(replace(request(sitter), painting=Painting("sdxl"))))
    (own,) = Diffusion().generate(request(sitter))
    assert np.allclose(made.image, own.image, atol=2e-3) and made.provenance == own.provenance
    with pytest.raises(WorkerLost, match="died"):
        list(lent.generate(request(sitter)))
    monkeypatch.undo()
    settings.cache_clear()
