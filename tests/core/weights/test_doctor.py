"""The doctor: finds what is wrong and says how to mend it."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from headshots.core import installation
from headshots.core.settings import settings
from headshots.core.vault.sealed import SealedVault
from headshots.core.weights import doctor
from headshots.core.weights.store import State

ROOT = Path(__file__).parents[3]


def test_a_whole_installation_is_well(data_dir: Path) -> None:
    data_dir.chmod(0o700)
    found = doctor.examine()
    assert found.well and found.remedies == ()
    assert all(file.state is State.PRESENT for file in found.weights)
    assert all(runtime.version and not runtime.trouble for runtime in found.runtimes)
    assert found.threads == settings().threads and found.python.startswith("3.")


def test_missing_weights_get_the_command_that_fetches_them(empty_weights: Path) -> None:
    found = doctor.examine()
    assert not found.well
    assert {file.weight.group for file in found.weights} == {"default", "demo"}
    assert found.remedies[-1].startswith("Missing or corrupt: face-detector-short, ")
    assert found.remedies[-1].endswith("Run `headshots setup`.")
    assert not found.weights_folder.exists and found.weights_folder.writable


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_an_open_data_folder_is_pointed_out(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_DATA_DIR", str(tmp_path))
        tmp_path.chmod(0o755)
        settings.cache_clear()
        assert f"chmod 700 {tmp_path}" in doctor.examine().remedies[0]
        tmp_path.chmod(0o700)
        assert doctor.examine().well
    settings.cache_clear()


def test_where_the_vaults_key_lies_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "config" / "keys"
    for name, folder in {"DATA": "data", "CONFIG": "config"}.items():
        monkeypatch.setenv(f"HEADSHOTS_{name}_DIR", str(tmp_path / folder))
    settings.cache_clear()
    try:
        assert str(keys) in doctor.examine().vault_key
        SealedVault(tmp_path / "data" / "vault.sqlite3", keys, "file").put("Ada", "identity", b"1")
        (key,) = keys.iterdir()
        key.rename(tmp_path / "lost")
        assert f"key is not in {key}" in doctor.examine().remedies[0]
        (tmp_path / "lost").rename(key)
        assert str(keys) in doctor.examine().vault_key
        assert doctor.examine().well
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_runtime_that_does_not_load_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ncnn", None)  # importing it raises ImportError
    found = doctor.examine()
    assert "ncnn does not load" in found.remedies[0]
    assert f"run `{installation.completing(again=True)}`" in found.remedies[0]


def test_every_extra_is_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(doctor.EXTRAS) == set(project["optional-dependencies"])


def test_every_package_of_an_extra_is_looked_for() -> None:
    for name, (modules, _) in doctor.EXTRAS.items():
        listed = {re.split(r"[^\w-]", each)[0] for each in installation.requirements(name)}
        assert {{"pyyaml": "yaml"}.get(each, each) for each in listed} == set(modules)
