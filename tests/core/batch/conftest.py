"""A small company: two who can be delivered, two who can't."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headshots.core.batch.plan import RECIPE, Plan
from headshots.core.recipes.documents import built_in

QUICK = {"count": 2, "width": 256}
OBAMA = ("obama.jpg", "obama2.jpg", "obama3.jpg")

Hire = Callable[..., Path]


@pytest.fixture
def hire(photos: Path, tmp_path: Path) -> Hire:
    """Makes the folder of one person in `tmp_path/team`, or in `team`; returns it."""

    def hire(name: str, *names: str, consent: str = "yes", team: Path | None = None) -> Path:
        folder = (team or tmp_path / "team") / name
        folder.mkdir(parents=True)
        for each in names or OBAMA[:2]:
            shutil.copy(photos / each, folder / each)
        if consent:
            (folder / "consent.txt").write_text(consent, "utf-8")
        return folder

    return hire


def plan(**inputs: str | float) -> Plan:
    return Plan.of(built_in(RECIPE), {**QUICK, **inputs}, "team-neutral")
