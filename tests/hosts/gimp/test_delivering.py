"""What files GIMP's Deliver writes: none is overwritten, and they lie where the person chose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .console import Console

Perform = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def looks(perform: Perform, ada: str) -> list[dict[str, Any]]:
    """A headshot in each of two looks, of the same number."""
    return [
        perform(
            "make",
            sitter=ada,
            options={"width": 256, "count": 1, "looks": [look]},
            last=True,
        )
        for look in ("daylight", "studio-grey")
    ]


def test_two_looks_and_a_second_delivery_are_files_of_their_own(
    looks: list[dict[str, Any]], perform: Perform, ada: str, server_folder: Path
) -> None:
    written = [
        Path(perform("deliver", picture=each["xcf"], options={"folder": "looks"})["report"])
        for each in (*looks, looks[0])
    ]
    assert [each.name for each in written] == [
        f"{ada} daylight 01.jpg",
        f"{ada} studio-grey 01.jpg",
        f"{ada} daylight 01_00002_.jpg",
    ]
    assert all(each.parent == server_folder / "out" / "looks" for each in written)
    assert all(each.stat().st_size > 1000 for each in written)
    first, last = ada.encode().split()
    assert not any(part in each.read_bytes() for each in written for part in (first, last))


def test_a_prefix_takes_the_sitters_place(looks: list[dict[str, Any]], perform: Perform) -> None:
    options = {"folder": "prefixed", "prefix": "Job 12"}
    told = perform("deliver", picture=looks[0]["xcf"], options=options)
    assert Path(told["report"]).name == "Job 12 daylight 01.jpg"


def test_a_folder_that_was_chosen_is_written_to(
    looks: list[dict[str, Any]], perform: Perform, inside: Console, tmp_path: Path
) -> None:
    told = perform("deliver", picture=looks[0]["xcf"], options={"folder": str(tmp_path)})
    assert Path(told["report"]).parent == tmp_path
    hidden = tmp_path / ".hidden"
    hidden.mkdir()
    told = inside.ask(
        "perform",
        procedure="headshots-deliver",
        picture=looks[0]["xcf"],
        options={"folder": str(hidden)},
    )
    assert told["status"] == "execution-error" and "another folder" in told["error"]
    assert not any(hidden.iterdir())
