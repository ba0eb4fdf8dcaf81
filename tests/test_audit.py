"""The report on dependencies says what was found, and never that all is well if nobody looked."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

CLEAN: dict[str, Any] = {"name": "numpy", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "own", "skip_reason": "Dependency not found on PyPI"}
FAULTY = {
    "name": "pillow",
    "version": "9.0",
    "vulns": [{"id": "PYSEC-2022-10", "fix_versions": ["9.0.1"], "aliases": []}],
}


@pytest.fixture
def report() -> Any:
    place = Path(__file__).parents[1] / "scripts" / "audit.py"
    spec = importlib.util.spec_from_file_location("audit", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.report


def test_what_was_found_is_said(report: Any) -> None:
    lines, code = report([CLEAN, FAULTY, UNKNOWN])
    assert code == 1
    assert "pillow 9.0: PYSEC-2022-10, mended in 9.0.1" in lines
    assert "2 of 3 packages were looked up; 1 known vulnerabilities." in lines


def test_what_nobody_looked_up_is_not_said_to_be_well(report: Any) -> None:
    lines, code = report([CLEAN, UNKNOWN])
    assert code == 2 and "1 could not be looked up" in lines[-1]
    assert report([CLEAN]) == (["1 of 1 packages were looked up; 0 known vulnerabilities."], 0)
