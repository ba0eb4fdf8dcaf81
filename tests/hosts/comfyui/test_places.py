"""Where nodes may read and write, for every text that somebody may type."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headshots.core.errors import InputError
from headshots.core.recipes.steps import DELIVER_PICTURES, READ_PHOTOS

FOLDER, PATHS = DELIVER_PICTURES.input("folder"), READ_PHOTOS.input("paths")
AT_ODDS = ["..", ".", "/", "\\", "C:", "a", "[output]", " ", "\n", "~", "//server"]
SAME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The module, with ComfyUI's folders in `tmp_path`; `listen` says whom ComfyUI listens to."""
    comfyui = {
        "folder_paths": SimpleNamespace(
            get_input_directory=lambda: str(tmp_path / "input"),
            get_output_directory=lambda: str(tmp_path / "output"),
            get_temp_directory=lambda: str(tmp_path / "temp"),
            annotated_filepath=lambda name: (name, None),
        ),
        "comfy": ModuleType("comfy"),
        "comfy.cli_args": SimpleNamespace(args=SimpleNamespace(listen="127.0.0.1")),
    }
    name = "headshots.comfy_nodes.places"
    for module, stands_in in comfyui.items():
        monkeypatch.setitem(sys.modules, module, stands_in)
    monkeypatch.delitem(sys.modules, name, raising=False)
    yield import_module(name)
    sys.modules.pop(name, None)


@SAME
@example(["..", "a"])
@example(["a", "\\", "..", "\\", ".."])
@given(st.lists(st.sampled_from(AT_ODDS) | st.text(max_size=3), max_size=6))
def test_a_folder_is_refused_or_below_the_output(
    places: Any, tmp_path: Path, parts: list[str]
) -> None:
    text = "".join(parts)
    try:
        folder = places.placed(FOLDER, text)
    except InputError as error:
        assert "ComfyUI's output folder" in str(error)
        return
    output = tmp_path / "output"
    assert not text.strip() or Path(os.path.normpath(folder)).is_relative_to(output)


@SAME
@example(["..", "/", "a"])
@given(st.lists(st.sampled_from(AT_ODDS) | st.text(max_size=3), max_size=6))
def test_where_others_come_only_comfyuis_folders_are_read(
    places: Any, tmp_path: Path, parts: list[str]
) -> None:
    places.args.listen = "0.0.0.0,::"
    try:
        found = places.placed(PATHS, "".join(parts)).split("\n")
    except InputError as error:
        assert "can be reached by others" in str(error)
        return
    own = [tmp_path / name for name in ("input", "output", "temp")]
    for path in filter(None, found):
        assert any(Path(os.path.normpath(path)).is_relative_to(folder) for folder in own)


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_where_others_come_no_link_leads_out(places: Any, tmp_path: Path) -> None:
    places.args.listen = "0.0.0.0"
    for name in ("input", "private"):
        (tmp_path / name).mkdir()
    (tmp_path / "private" / "me.jpg").write_bytes(b"")
    (tmp_path / "input" / "out").symlink_to(tmp_path / "private")
    (tmp_path / "input" / "loop").symlink_to(tmp_path / "input" / "loop")
    for name in ("out/me.jpg", "out", "loop", "loop/me.jpg"):
        with pytest.raises(InputError, match="can be reached by others"):
            places.placed(PATHS, name)


@pytest.mark.parametrize(
    ("listen", "alone"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("127.0.0.1, ::1", True),
        ("0.0.0.0", False),
        ("127.0.0.1,192.168.1.5", False),
        ("studio.example", False),
    ],
)
def test_who_can_reach_the_server(listen: str, alone: bool, places: Any, tmp_path: Path) -> None:
    places.args.listen = listen
    elsewhere = str(tmp_path / "photos" / "me.jpg")
    if alone:
        assert places.placed(PATHS, elsewhere) == elsewhere
    else:
        with pytest.raises(InputError):
            places.placed(PATHS, elsewhere)
    assert places.placed(PATHS, "me.jpg\n\n you.jpg") == "\n".join(
        str(tmp_path / "input" / name) for name in ("me.jpg", "you.jpg")
    )
