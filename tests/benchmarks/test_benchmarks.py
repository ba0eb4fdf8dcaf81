"""The benchmark's own parts: the worker's answers and the page made of a result."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from .forgetting import Sitter, seconds

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
RESULT = {
    "when": "2026-01-01T00:00:00+00:00",
    "rounds": 3,
    "machine": {
        "processor": "Some processor",
        "cores": 2,
        "memory_gb": 8.0,
        "system": "Linux x86_64",
        "python": "3.12.0",
        "packages": {"numpy": "2.0"},
        "load": 0.1,
    },
    "seconds": {
        "headshots": {"enrol": [0.2, 0.21, 0.24], "analyse": [0.04, 0.05, 0.06], "next": [1, 1, 1]},
        "face-recognition": {"analyse": [0.5, 0.5, 0.6]},
        "MODNet + Pillow": {"next": [0.1, 0.1, 0.1]},
    },
    "cpu_seconds": {"headshots": {"enrol": [0.3] * 3, "analyse": [0.08] * 3, "next": [2] * 3}},
    "import_seconds": {"headshots": [0.05, 0.06, 0.07]},
    "peak_megabytes": {"headshots": 1700.4, "face-recognition": 400.0, "MODNet + Pillow": None},
}


@pytest.fixture(scope="module")
def table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_table", HERE / "table.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_tells_goals_met_and_missed(table: ModuleType) -> None:
    page = table.page(RESULT)
    lines = {line.split(" | ")[0].lstrip("| "): line for line in page.splitlines() if "|" in line}
    assert "210 ms (205 to 225)" in lines["Enrol a 12-megapixel JPEG"]
    assert "| yes |" in lines["Enrol a 12-megapixel JPEG"]
    assert "**no**" in lines["Next candidate, same source"]
    assert "takes 10.0x as long" in lines["Next candidate, same source"]
    assert "10.0x as fast | " in lines["Analysis against face-recognition"]
    assert "1700 MB" in lines["Peak memory"] and "**no**" in lines["Peak memory"]
    assert len({line.count("|") for line in page.splitlines() if line.startswith("|")}) == 1
    assert "Some processor, 2 cores" in page


def test_the_page_does_without_peers(table: ModuleType) -> None:
    alone = {**RESULT, "seconds": {"headshots": RESULT["seconds"]["headshots"]}}
    assert "not measured" in table.page(alone)


def test_a_worker_times_what_it_knows_and_says_what_it_does_not(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(
        "def tasks(folder):\n"
        "    print('chatter')\n"
        "    return {'count': lambda: (lambda: sum(range(1000)), 2)}\n",
        "utf-8",
    )
    run = subprocess.run(
        [sys.executable, str(HERE / "worker.py"), "counting", str(tmp_path)],
        input="count\nother\n",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    known, other = (json.loads(line) for line in run.stdout.splitlines())
    assert known["known"] and known["seconds"] > 0
    assert not other["known"]


def test_painting_is_timed_beside_diffusers() -> None:
    script = HERE / "diffusion" / "painting.py"
    done = subprocess.run(
        [sys.executable, str(script), "--family", "sdxl", "klein", "--tries", "1"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for family, table in zip(("sdxl", "klein"), done.stdout.split("\n\n"), strict=False):
        rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", table, re.MULTILINE))
        assert f"{family}, tiny" in rows["What"]
        timed = ("diffusers, one seed at a time", "ours, 1 at a time, each")
        for name in (*timed, "ours, 4 at a time, each", "a keeper, the hopeless dropped early"):
            assert float(rows[name].split()[0]) > 0
        assert float(re.search(r"(\d+)% of that product", rows["the network, 4 at a time"])[1]) > 0
        assert re.search(r"peak memory .* GB", rows["diffusers, one seed at a time"])
        assert re.search(r"\d+% of all it does", rows["decoding one, diffusers"])
        assert {"decoding one, as it is", "decoding one, channels last"} <= set(rows)
        assert {"peak memory, ours", "the network"} <= set(rows)


def test_the_little_generator_is_trained_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a moment, on the public photos: what its table says then means nothing."""
    from headshots.core.weights.store import weight_path

    from .diffusion.little import __main__ as little
    from .diffusion.little.network import load, painter
    from .diffusion.little.people import heads
    from .diffusion.little.train import train

    for person, names in {"one": ("obama", "obama2", "obama3"), "two": ("biden",)}.items():
        (tmp_path / person).mkdir()
        for name in names:
            photo = weight_path(f"photo-{name}")
            (tmp_path / person / f"{name}.jpg").write_bytes(photo.read_bytes())
    shown = heads(tmp_path)
    train(shown, tmp_path / "little.safetensors", seconds=1, batch=2)
    for name, few in {"STEPS": 4, "SEEDS": 1, "CANDIDATES": 2, "_TUNED_FOR": 2}.items():
        monkeypatch.setattr(little, name, few)
    monkeypatch.setattr(little, "_CRITICS_STEPS", 2)
    rows = dict(little.table(painter(load(tmp_path / "little.safetensors")), shown))
    assert rows["people, of them with several photos"] == "2, 1"
    assert len(rows) == 16 and all(rows.values())


def test_forgetting_is_timed_until_nothing_is_left(tmp_path: Path) -> None:
    small = Sitter(photos=2, photo=1000, lora=1000, candidates=3, candidate=1000)
    assert all(each > 0 for each in seconds(tmp_path, small))
