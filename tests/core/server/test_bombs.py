"""A picture that takes gigabytes once it is decoded doesn't take them of the server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from ...serving import Running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


@pytest.mark.parametrize(
    ("step", "code", "most"),
    [("HeadshotsReadPictures", "photo.too-large", 50e6), ("HeadshotsReadPhotos", "", 150e6)],
)
def test_no_picture_fills_the_servers_memory(
    server: Running, tmp_path: Path, step: str, code: str, most: float
) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("RGB", (11600, 8700), "teal").save(bomb, compress_level=9)
    assert bomb.stat().st_size < 1_000_000
    process = Path("/proc") / str(server.process.pid)
    sent = server.send(bomb)
    before = peak(process)
    recipe = {"1": {"class_type": step, "inputs": {}, "_meta": {"title": "Read"}}}
    ordered = server.order(recipe=recipe, pictures={"Read": [sent]}, wanted=["1"])
    job = server.ended(ordered["id"])
    assert ((job["error"] or {}).get("code", "")) == code, job
    assert peak(process) - before < most  # reading in full size took 2.3 GB


def peak(process: Path) -> int:
    """Bytes."""
    return int((process / "status").read_text().split("VmHWM:")[1].split()[0]) * 1024
