"""The gallery's page: every picture with its likeness and its light, nothing fetched."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from headshots.core.generation import find_look

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[1] / "scripts" / "gallery.py"


def test_a_gallery_of_three_looks(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("gallery_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    gallery = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gallery)
    looks = {name: find_look(name) for name in ("studio-grey", "executive", "banner")}
    monkeypatch.setattr(gallery, "LOOKS", looks)
    monkeypatch.setattr(gallery, "SITTERS", {"Astronaut": ("demo-photo",)})
    assert gallery.main(["--width", "320", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text("utf-8")
    assert {path.name for path in tmp_path.glob("*.jpg")} == {
        f"astronaut-{look}.jpg" for look in looks
    }
    for look in looks.values():
        assert look.title in page
    inside = re.findall(r"likeness (0\.\d+), percentile (\d+)", page)
    assert len(inside) == len(looks)
    assert all(int(percentile) >= 5 for _, percentile in inside)
    assert page.count("key light asked") == len(looks)
    assert "before and after, 100 %" in page
    assert not re.search(r"""(src|href)=["']https?:""", page)
