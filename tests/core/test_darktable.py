"""The script for darktable is put in and taken out, and leaves the user's own lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from headshots.core import cli, darktable
from headshots.core.errors import SetupError


def test_it_is_put_in_once_and_taken_out(tmp_path: Path) -> None:
    own = 'require "tools/script_manager"\n-- mine: \udcff\n'.encode("utf-8", "surrogateescape")
    (tmp_path / "luarc").write_bytes(own)
    for _ in range(2):
        assert cli.run(["darktable-install", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "luarc").read_bytes() == own + b'require "headshots"\n'
    script = (tmp_path / "lua" / "headshots.lua").read_text()
    assert f'local COMMAND = {{ "{sys.executable}", "-E", "-P", "-m", "headshots" }}' in script
    assert cli.run(["darktable-uninstall", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "luarc").read_bytes() == own
    assert list((tmp_path / "lua").iterdir()) == []
    assert not darktable.uninstall(tmp_path)


def test_without_darktable_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="Start darktable once"):
        darktable.install(tmp_path / "none")


def test_where_darktable_keeps_its_settings() -> None:
    assert darktable.settings_folder({"XDG_CONFIG_HOME": "/x"}, "linux") == Path("/x/darktable")
    assert darktable.settings_folder({}, "darwin") == Path.home() / ".config" / "darktable"
    assert darktable.settings_folder({"LOCALAPPDATA": "C:/l"}, "win32") == Path("C:/l/darktable")
