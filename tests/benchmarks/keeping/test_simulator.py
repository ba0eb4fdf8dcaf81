"""The edit simulator tells the truth, and the report counts right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.faces.regions import CHIN, NOSE_BRIDGE, NOSE_TIP
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait

from .__main__ import main
from .edits import Subject, simulate, subject
from .report import report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def photo(photos: Path) -> Subject:
    image = read_photo(photos / "obama.jpg", longest=700).image
    return subject("obama", "obama.jpg", np.ascontiguousarray(image))


@pytest.mark.parametrize("kind", ["edit", "reframed"])
def test_it_says_where_each_pixel_was(photo: Subject, kind: str) -> None:
    edit = simulate(photo, kind, np.random.default_rng(5), photo)
    assert edit.back.shape == (*edit.image.shape[:2], 2)
    points = Portrait(edit.image).face.landmarks[[CHIN, NOSE_BRIDGE, NOSE_TIP], :2]
    own = photo.portrait.face.landmarks[[CHIN, NOSE_BRIDGE, NOSE_TIP], :2]
    columns, rows = points.round().astype(int).T
    # The mesh itself errs by some pixels, and the jaw was made slimmer.
    assert np.linalg.norm(edit.back[rows, columns] - own, axis=1).max() < 6


def test_the_same_seed_gives_the_same_edit(photo: Subject) -> None:
    one, two = (simulate(photo, "edit", np.random.default_rng(7), photo) for _ in range(2))
    assert np.array_equal(one.image, two.image) and one.notes == two.notes


def test_a_run_over_folders_of_people(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("obama", "biden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.jpg").symlink_to(photos / f"{name}.jpg")
    kinds = ("--kinds", "edit", "stranger", "--half", "both", "--edits", "4")
    assert main([str(tmp_path), *kinds, "--save", str(tmp_path / "seen")]) == 0
    page = capsys.readouterr().out
    assert page.startswith("4 edits of 2 people")
    assert "| registration error in the head, px: median | < 0.5 | 0." in page
    assert len(list((tmp_path / "seen").iterdir())) == 12


def test_refusals_are_counted_by_kind() -> None:
    rows = [
        {"kind": "swapped", "share": 1.0, "person": "a", "refusals": ("no",), "seconds": 1.0},
        {"kind": "swapped", "share": 0.3, "person": "a", "refusals": (), "seconds": 1.0},
        {"kind": "turned", "turn": -9.0, "person": "b", "refusals": ("no",), "seconds": 1.0},
    ]
    page = report(rows)
    assert "| another face, 100 % | all | 1 | 1 |" in page
    assert "| another face, 30 % |  | 1 | 0 |" in page
    assert "| head turned by 8 to 18° | all | 1 | 1 |" in page
