"""Folders that recipes and requests name: below the allowed one, or refused, on every system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headshots.core.errors import InputError
from headshots.core.recipes.places import allowed, resolve_within

ESCAPES = {
    "traversal": "..",
    "traversal further down": "a/../../b",
    "traversal with backslashes": "a\\..\\..\\b",
    "absolute": "/etc",
    "absolute with backslashes": "\\Windows",
    "drive": "C:\\Windows",
    "relative to a drive": "C:Windows",
    "share": "\\\\server\\share\\x",
    "share with slashes": "//server/share",
    "device path": "\\\\.\\PhysicalDrive0",
    "long path": "\\\\?\\C:\\x",
    "device": "NUL",
    "device in a folder": "a/con",
    "device with a suffix": "Aux.txt/b",
    "device with a space": "LPT1 .x",
    "stream": "a:stream",
    "control character": "a\nb",
    "null": "a\0b",
}


@pytest.mark.parametrize("folder", ESCAPES.values(), ids=ESCAPES)
def test_what_leads_out_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(InputError, match="the output folder"):
        resolve_within(tmp_path, folder, "the output folder")


@pytest.mark.parametrize(
    "folder", ["a", "a/b", "a\\b", " team 2026 ", "./a", "Zoë", "console", "a..b"]
)
def test_what_lies_within_is_taken(tmp_path: Path, folder: str) -> None:
    assert resolve_within(tmp_path, folder, "the output folder").is_relative_to(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_no_link_leads_out(tmp_path: Path) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    base.mkdir()
    outside.mkdir()
    (base / "out").symlink_to(outside)
    (base / "loop").symlink_to(base / "loop")
    (base / "within").symlink_to(base / "real", target_is_directory=True)
    for folder in ("out", "out/deeper", "loop", "loop/x"):
        with pytest.raises(InputError):
            resolve_within(base, folder, "the output folder")
    assert resolve_within(base, "within/x", "the output folder") == base / "within" / "x"
    (tmp_path / "alias").symlink_to(base)  # the allowed folder itself may be a link
    assert resolve_within(tmp_path / "alias", "x", "the output folder") == tmp_path / "alias" / "x"


@pytest.mark.parametrize("path", ESCAPES.values(), ids=ESCAPES)
def test_what_is_named_in_full_is_in_an_allowed_folder(tmp_path: Path, path: str) -> None:
    bases = (tmp_path / "one", tmp_path / "two")
    for refused in (path, f"{tmp_path}/{path}"):
        with pytest.raises(InputError, match="HEADSHOTS_SERVER_DIRS"):
            allowed(bases, refused)


def test_what_is_in_an_allowed_folder_is_taken(tmp_path: Path) -> None:
    bases = (tmp_path / "one", tmp_path / ".two")
    for base in bases:
        for below_it in ("", "a", "Zoë/b.jpg", "team 2026", "a..b"):
            assert allowed(bases, f" {base / below_it} ") == base / below_it
        for hidden in (".ssh", "a/.b/c", "..", "a/../../three", "NUL", "a/con.jpg", "a\0b"):
            with pytest.raises(InputError):
                allowed(bases, f"{base}/{hidden}")


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_no_link_leads_out_of_the_allowed_folders(tmp_path: Path) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    for folder in (base / ".hidden", outside):
        folder.mkdir(parents=True)
    (base / "out").symlink_to(outside)
    (base / "loop").symlink_to(base / "loop")
    (base / "unhidden").symlink_to(base / ".hidden")
    (tmp_path / "alias").symlink_to(base)
    for path in ("out", "out/x", "loop", "unhidden/x", "real/../out"):
        with pytest.raises(InputError):
            allowed([base], str(base / path))
    assert allowed([tmp_path / "alias"], str(base / "x")) == base / "x"
    assert allowed([base], str(tmp_path / "alias" / "x")) == tmp_path / "alias" / "x"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("/\ud800")
@given(
    st.lists(
        st.sampled_from(["..", "/", "\\", "C:", "base", "NUL", "//s/", ".x"]) | st.text(max_size=3)
    ).map("".join)
)
def test_any_path_is_in_an_allowed_folder_or_refused(tmp_path: Path, path: str) -> None:
    base = tmp_path / "base"
    for asked in (path, f"{tmp_path}{path}", f"{base}/{path}"):
        try:
            place = allowed([base], asked)
        except InputError:
            continue
        assert Path(os.path.normpath(place)).is_relative_to(base)
        assert not any(part.startswith(".") for part in place.relative_to(base).parts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("\ud800")
@given(
    st.lists(st.sampled_from(["..", "/", "\\", "C:", "a", "~", "//s/"]) | st.text(max_size=3)).map(
        "".join
    )
)
def test_any_text_is_within_or_refused(tmp_path: Path, folder: str) -> None:
    try:
        place = resolve_within(tmp_path, folder, "the output folder")
    except InputError:
        return
    assert Path(os.path.normpath(place)).is_relative_to(tmp_path)
