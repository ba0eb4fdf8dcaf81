"""The evaluation's own arithmetic on samples whose figures are known, and its page."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"likeness_{name}", HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    return _module("verification")


def test_error_rates_of_normal_scores_are_those_of_theory(figures: ModuleType) -> None:
    rng = np.random.default_rng(0)
    genuine, impostor = rng.normal(2, 1, 20_000), rng.normal(0, 1, 20_000)
    # Two normals two deviations apart meet at one deviation: 15.87 % on either side.
    assert figures.eer(genuine, impostor) == pytest.approx(0.1587, abs=0.006)
    assert figures.fmr(impostor, 1.0) == pytest.approx(0.1587, abs=0.006)
    assert figures.fnmr(genuine, 1.0) == pytest.approx(0.1587, abs=0.006)
    # Missing 5 % puts the threshold at 2 - 1.645.
    assert figures.fmr_at_fnmr(genuine, impostor, 0.05) == pytest.approx(0.361, abs=0.015)
    false, true = figures.roc(genuine[:300], impostor[:300])
    assert (np.diff(false) >= 0).all() and (np.diff(true) >= 0).all()
    assert false[-1] == true[-1] == 1


def test_intervals_hold_what_they_promise(figures: ModuleType) -> None:
    assert figures.wilson(0, 0) == (0.0, 1.0)
    low, high = figures.wilson(5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-3), pytest.approx(0.7634, abs=1e-3))
    low, high = figures.wilson(0, 50)
    assert low == 0 and 0.05 < high < 0.08
    assert figures.no_surer((0.0, 0.0), 300) == (0.0, 0.01)
    assert figures.no_surer((0.1, 0.3), 300) == (0.1, 0.3)
    assert figures.no_surer((0.0, 0.0), 2) == (0.0, 1.0)


def test_the_interval_of_pairs_is_drawn_over_people(figures: ModuleType) -> None:
    """One person who matches everybody: pairs alone would promise a narrow interval."""
    names = [f"p{index}" for index in range(12)]
    who = [(one, two) for at, one in enumerate(names) for two in names[:at]]
    scores = np.array([1.0 if "p0" in pair else 0.0 for pair in who])
    share = float((scores >= 0.5).mean())
    low, high = figures.over_people(lambda some: float((some >= 0.5).mean()), scores, who, 300)
    narrow = figures.wilson(int(scores.sum()), len(scores))
    assert low < share < high and high - low > 1.5 * (narrow[1] - narrow[0])


def test_the_page_says_how_small_its_samples_are() -> None:
    row = {"value": 0.1, "low": 0.02, "high": 0.3, "count": 12}
    nothing = {**row, "count": 0}
    page = _module("report").page(
        {
            "base": {"set": "a <set>", "people": 2, "photos": 4},
            "verification": {
                "dlib": {
                    "genuine pairs": 2,
                    "impostor pairs": 4,
                    "EER": row,
                    "threshold": 0.9,
                    "curve": [[0.0, 0.5], [1.0, 1.0]],
                    "genuine": [0.95, 0.99],
                    "impostor": [0.5, 0.6, 0.7, 0.8],
                },
                "other": {"genuine pairs": 0, "impostor pairs": 0},
            },
            "calibration": {
                "dlib": {
                    "photos": 2,
                    "error": 0.2,
                    "by chance": 0.28,
                    "below 5": row,
                    "percentiles": [10, 60],
                },
                "other": {"photos": 0},
            },
            "groups": {"age": {"<30": {"people": 2, "FNMR": row, "FMR": nothing}}},
            "generators": {"studio": {"made": row, "real photos": row, "cosines": [0.1]}},
            "refiners": {"retouch": {"kept": row, "never worse": row}},
            "coach": {"precision": row, "recall": row},
            "planted faults": {"detected": {"mole <removed>": row}},
        },
        30,
    )
    assert "10.0 % (2.0 to 30.0)" in page and "small sample" in page and "not known" in page
    assert "a &lt;set&gt;" in page and "&lt;30" in page and "<set>" not in page
    assert page.count("<svg") == 3 and "http" not in page
    assert "mole &lt;removed&gt;" in page
    assert "Too few pairs" in page and "Nobody has three photos" in page
    json.dumps(page)


def test_a_damaged_photo_is_left_out_and_stops_nothing(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    for person in ("Ada", "Bob"):
        (tmp_path / person).mkdir()
    (tmp_path / "Ada" / "a.png").write_bytes((photos / "astronaut.png").read_bytes())
    (tmp_path / "Bob" / "b.jpg").write_bytes(b"no photo")
    (tmp_path / "Bob" / "c.jpg").write_bytes((photos / "biden.jpg").read_bytes())
    skipped: list[str] = []
    found = _module("people").samples(tmp_path, skipped)
    assert [each.person for each in found] == ["Ada", "Bob"]
    assert len(skipped) == 1 and skipped[0].startswith("Bob: b.jpg is not a photo")


def test_a_folder_that_cant_be_used_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    evaluate = _module("evaluate")

    def told(folder: Path) -> str:
        monkeypatch.setattr(sys, "argv", ["evaluate.py", str(folder)])
        with pytest.raises(SystemExit) as end:
            evaluate.in_words(evaluate.main)
        assert end.value.code == 2
        return capsys.readouterr().err

    assert "There is no folder" in told(tmp_path / "missing")
    assert "has photos with a face of nobody" in told(tmp_path)
    (tmp_path / "Ada").mkdir()
    (tmp_path / "Ada" / "a.jpg").write_bytes(b"no photo")
    assert "Left out: Ada: a.jpg is not a photo" in told(tmp_path)
    for table, why in (
        ("name,age\nAda,30\n", "no column 'person'"),
        ("person,age\nAda\n", "another length"),
        ("person,age\nAda,3,4\n", "another length"),
        ("person,age\nBob,30\n", "has no folder"),
        ("person,age\nAda,30\nAda,31\n", "is there twice"),
        ('person,age\nAda,"30\n', "no table"),
    ):
        (tmp_path / "labels.csv").write_text(table, "utf-8")
        assert why in told(tmp_path)
    (tmp_path / "labels.csv").write_bytes(b"person,age\nAda,\xff\n")
    assert "no table in UTF-8" in told(tmp_path)
