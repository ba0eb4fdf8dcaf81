"""Sidecars are written so that all of it can be taken back, whenever the program was killed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as testing
from hypothesis import strategies as st

from headshots.core import cli
from headshots.core.culling import journal
from headshots.core.culling.journal import FOLDER, Journal
from headshots.core.culling.sidecar import Verdict
from headshots.core.errors import SidecarUnreadable

from .sidecar_samples import SAMPLES, encoded
from .test_sidecar import OURS, XMP, facts

VERDICTS = (
    Verdict(4, "Green", ("cull: best",), "the best"),
    Verdict(1, "Red", ("cull: eyes closed",), "blinks"),
)


class Killed(BaseException):
    """As if the program were killed."""


def sidecars(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix == ".xmp"
    }


def filled(folder: Path) -> dict[str, bytes]:
    for number, text in enumerate(SAMPLES.values()):
        (folder / f"{number}.xmp").write_bytes(encoded(text))
    return sidecars(folder)


def written(folder: Path, verdict: Verdict) -> None:
    for number in range(len(SAMPLES) + 1):  # one more than there are
        Journal(folder).write(folder / f"{number}.xmp", verdict)


def test_undo_gives_back_every_byte_and_leaves_nothing(tmp_path: Path) -> None:
    before = filled(tmp_path)
    for verdict in VERDICTS:  # culled twice
        written(tmp_path, verdict)
    assert facts((tmp_path / "6.xmp").read_bytes())[f"{XMP}Rating"] == "1"
    assert {outcome for _, outcome in Journal(tmp_path).undo()} == {"restored"}
    assert sidecars(tmp_path) == before
    assert not (tmp_path / FOLDER).exists()


def test_culled_again_only_the_last_word_stands(tmp_path: Path) -> None:
    filled(tmp_path)
    written(tmp_path, VERDICTS[0])
    once = sidecars(tmp_path)
    written(tmp_path, VERDICTS[1])
    written(tmp_path, VERDICTS[0])
    assert sidecars(tmp_path) == once


def test_of_a_sidecar_that_was_changed_since_only_ours_goes(tmp_path: Path) -> None:
    before = filled(tmp_path)["0.xmp"]
    written(tmp_path, VERDICTS[0])
    place = tmp_path / "0.xmp"
    place.write_bytes(
        place.read_bytes().replace(b'crs:Exposure2012="+0.35"', b'crs:Exposure2012="+1"')
    )
    outcomes = {path.name: outcome for path, outcome in Journal(tmp_path).undo()}
    assert outcomes["0.xmp"] == "cleaned" and outcomes["1.xmp"] == "restored"
    left, was = facts(place.read_bytes()), facts(before)
    assert {name for name in was if was[name] != left.get(name)} == {
        "{http://ns.adobe.com/camera-raw-settings/1.0/}Exposure2012"
    }
    assert not any(name.startswith(OURS) for name in left)


@pytest.mark.parametrize("again", [False, True])
@testing(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(at=st.integers(0, 30), after=st.booleans())
def test_killed_at_any_write_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, again: bool, at: int, after: bool
) -> None:
    folder = tmp_path_factory.mktemp("killed")
    before = filled(folder)
    writes, real = 0, journal.write_file

    def write(path: Path, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes > at:
            if after and writes == at + 1:
                real(path, data)
            raise Killed
        real(path, data)

    if again:
        written(folder, VERDICTS[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "write_file", write)
        with suppress(Killed):
            written(folder, VERDICTS[0])
    written(folder, VERDICTS[0])  # resumed
    assert all(facts(data)[f"{OURS}Reason"] == "the best" for data in sidecars(folder).values())
    assert {outcome for _, outcome in Journal(folder).undo()} == {"restored"}
    assert sidecars(folder) == before


def test_a_damaged_sidecar_stays_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "a.xmp"
    place.write_bytes(b"<x:xmpmeta")
    with pytest.raises(SidecarUnreadable):
        Journal(tmp_path).write(place, VERDICTS[0])
    assert place.read_bytes() == b"<x:xmpmeta"
    assert list(Journal(tmp_path).undo()) == []


def test_a_card_with_its_lock_on_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").touch()
    locked = SimpleNamespace(access=lambda *_: False, W_OK=os.W_OK)  # for root all is open
    monkeypatch.setattr(journal, "os", locked)
    assert cli.run(["cull", str(tmp_path)]) == 8
