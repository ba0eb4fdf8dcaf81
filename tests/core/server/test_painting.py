"""One recipe with either generator, by one input, through a server and without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headshots.core.images import to_u8
from headshots.core.recipes.graph import build, with_inputs
from headshots.core.recipes.runner import run
from headshots.core.settings import settings

from .conftest import Start

pytestmark = pytest.mark.slow

RECIPE: dict[str, Any] = {
    "Photos": {"class_type": "HeadshotsReadPhotos", "inputs": {"paths": ""}},
    "Sitter": {
        "class_type": "HeadshotsEnrolSitter",
        "inputs": {"photos": ["Photos", 0], "name": "Painted", "consent": "yes"},
    },
    "Look": {
        "class_type": "HeadshotsChooseLook",
        "inputs": {"looks": {"__value__": ["studio-grey"]}},
    },
    "Painting": {"class_type": "HeadshotsPainting", "inputs": {"model": "tiny", "steps": 1}},
    "Studio": {
        "class_type": "HeadshotsStudio",
        "inputs": {
            "identity": ["Sitter", 0],
            "looks": ["Look", 0],
            "count": 1,
            "width": 256,
            "painting": ["Painting", 0],
        },
    },
}


@pytest.fixture
def _tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from ...tiny.models import sd15

    sd15(tmp_path / "models" / "tiny")
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.usefixtures("_tiny")
def test_a_server_paints_what_is_painted_without_one(start: Start, photos: Path) -> None:
    server, names = start(), [photos / "obama.jpg", photos / "obama2.jpg"]
    ids = [server.send(path) for path in names]
    made: dict[str, bytes] = {}
    for generator in ("studio", "diffusion"):
        chosen = {"Studio.generator": generator}
        ordered = server.order(
            recipe=RECIPE, inputs=chosen, pictures={"Photos": ids}, wanted=["Studio"], detach=True
        )
        job = server.ended(ordered["id"])
        assert job["state"] == "done", job
        path = f"/v1/jobs/{job['id']}/results/Studio/images/0"
        made[generator] = server.client.get(path, params={"form": "raw"}).content
        here = {**chosen, "Photos.paths": "\n".join(map(str, names))}
        (image,) = run(with_inputs(build(RECIPE, wanted=["Studio"]), here)).get("Studio", "images")
        assert made[generator] == to_u8(image).tobytes()
    assert made["studio"] != made["diffusion"]
