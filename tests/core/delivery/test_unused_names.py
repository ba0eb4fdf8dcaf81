"""What is delivered replaces no file that is there, unless that was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headshots.core.delivery.formats import deliver, unused
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait


def test_a_name_is_numbered_only_where_it_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "02-linkedin.jpg"
    assert unused(path) == path
    path.touch()
    assert unused(path) == tmp_path / "02-linkedin_00002_.jpg"
    (tmp_path / "02-linkedin_00002_.jpg").touch()
    assert unused(path).name == "02-linkedin_00003_.jpg"


def test_two_pictures_of_one_name_become_two_files(tmp_path: Path) -> None:
    one, other = (
        Picture("02", Portrait(np.full((40, 32, 3), level, np.float32))) for level in (0.2, 0.8)
    )
    first = deliver(one, folder=tmp_path, format="png", replace=False).path
    before = first.read_bytes()
    second = deliver(other, folder=tmp_path, format="png", replace=False).path
    assert [first.name, second.name] == ["02.png", "02_00002_.png"]
    assert first.read_bytes() == before
    assert deliver(other, folder=tmp_path, format="png").path == first
    assert first.read_bytes() != before
