"""Settings: read from the environment, documented, and refused by name when they don't fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from headshots.core.errors import InputError
from headshots.core.recipes.step import Kind
from headshots.core.settings import Settings, settings

ROOT = Path(__file__).parents[2]
# Read by the command line alone, also when the settings are at fault.
DEBUG = "HEADSHOTS_DEBUG"
VARIABLE = re.compile(r"HEADSHOTS_[A-Z_]*[A-Z]")


@pytest.fixture
def environment() -> Iterator[pytest.MonkeyPatch]:
    """Changes the environment for one test, read anew before and after."""
    with pytest.MonkeyPatch.context() as patch:
        settings.cache_clear()
        yield patch
    settings.cache_clear()


def variables() -> set[str]:
    """Every environment variable that is a setting."""
    return {f"HEADSHOTS_{name.upper()}" for name in Settings.model_fields}


def test_settings_and_document_agree() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| `(HEADSHOTS_[A-Z_]+)` \|", text, re.MULTILINE)
    assert rows == [f"HEADSHOTS_{name.upper()}" for name in Settings.model_fields]
    assert set(VARIABLE.findall(text)) == {*variables(), DEBUG}


def test_no_other_variable_is_read_or_named() -> None:
    kinds = {str(kind) for kind in Kind}  # of links between steps; they share the prefix
    named = {
        variable
        for path in (ROOT / "core").rglob("*.py")
        for variable in VARIABLE.findall(path.read_text("utf-8"))
    }
    assert named - kinds - variables() == {DEBUG}


def test_the_weights_lie_in_the_data_folder_unless_set_apart(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("HEADSHOTS_DATA_DIR", str(tmp_path))
    environment.delenv("HEADSHOTS_WEIGHTS_DIR")
    assert settings().weights == tmp_path / "weights"
    environment.setenv("HEADSHOTS_WEIGHTS_DIR", str(tmp_path / "apart"))
    settings.cache_clear()
    assert settings().weights == tmp_path / "apart"


@pytest.mark.parametrize("value", ["0", "-1", "many", "257"])
def test_a_value_that_does_not_fit_is_refused_by_name(
    environment: pytest.MonkeyPatch, value: str
) -> None:
    environment.setenv("HEADSHOTS_THREADS", value)
    with pytest.raises(InputError, match="HEADSHOTS_THREADS"):
        settings()


def test_an_empty_value_is_no_value(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HEADSHOTS_THREADS", "")
    assert settings().threads >= 1
