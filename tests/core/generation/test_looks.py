"""Looks are data: they read, they stay in range, and every fault is named with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from headshots.core.errors import LookUnreadable, UnknownName
from headshots.core.generation import LOOKS, Look, find_look
from headshots.core.generation.look_files import read_look, read_looks
from headshots.core.generation.looks import (
    BACKDROP_KEYS,
    Backdrop,
    BackdropKind,
    Finish,
    Framing,
    Light,
)
from headshots.core.retouching import retouching_from
from headshots.core.settings import settings

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "looks.md").read_text("utf-8")
PARTS = {"framing": Framing, "light": Light, "backdrop": Backdrop, "finish": Finish}
BUILT_IN = [LOOKS[name] for name in LOOKS.built_in]

GOOD = """
[mine]
title = "Mine"
description = "My own."
framing = { aspect = 0.8, head = 0.48, eyes = 0.405 }
light = { azimuth = 30, elevation = 30, key = 1, fill = 0.5, wrap = 0.4, shadow = 0, strength = 1 }
backdrop = { colour = "#1f4e9c", falloff = 0.35 }
finish = { contrast = 1, saturation = 1, warmth = 0, monochrome = 0, retouch = 0.5, grain = 0.004 }
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """The folder of the user's looks, for one test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_CONFIG_DIR", str(tmp_path))
        settings.cache_clear()
        (tmp_path / "looks").mkdir()
        yield tmp_path / "looks"
    settings.cache_clear()


def rows(heading: str) -> list[list[str]]:
    """The cells of the document's table whose first column is `heading`."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]


def test_there_are_looks_of_every_kind() -> None:
    assert len(BUILT_IN) >= 16
    assert {look.backdrop.kind for look in BUILT_IN} == set(get_args(BackdropKind)) - {"picture"}
    assert any(look.finish.monochrome for look in BUILT_IN)
    assert any(max(look.backdrop.colour) < 0.2 for look in BUILT_IN)
    assert any(min(look.backdrop.colour) > 0.9 for look in BUILT_IN)
    assert {0.8, 1.0, 1.25} <= {look.framing.aspect for look in BUILT_IN}


@pytest.mark.parametrize("look", BUILT_IN, ids=lambda look: look.name)
def test_every_look_is_fit_to_be_shown(look: Look) -> None:
    assert look.title and look.description.endswith(".")
    assert look.finish.retouch.strongest <= 0.6, "more than this is plastic"
    assert look.finish.monochrome in (0, 1)
    if look.backdrop.kind in ("office", "garden"):
        assert look.backdrop.blur >= 0.06, "sharper than this it shows that it is built"


def test_the_document_lists_the_looks() -> None:
    told = [[f"`{n.name}`", n.title, n.backdrop.kind, n.description] for n in BUILT_IN]
    assert rows("Look") == told


def test_the_document_tells_every_value_with_its_range() -> None:
    told: list[list[str]] = []
    for part, kind in PARTS.items():
        hints = get_type_hints(kind, include_extras=True)
        for each in fields(kind):
            schema = TypeAdapter(hints[each.name]).json_schema()
            default = "-" if each.default is MISSING else said(each.default)
            bounded = "minimum" in schema
            ranges = f"{schema['minimum']:g} to {schema['maximum']:g}" if bounded else ""
            told.append([part, f"`{each.name}`", ranges, default])
    words = {"see below", "a colour", "a path", "two heights", "a strength"}
    found = [row[:4] for row in rows("Part")]
    assert [[*row[:2], "" if row[2] in words else row[2], row[3]] for row in found] == told


def test_a_look_may_state_between_which_heights_the_eyes_may_lie(own: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (own / "acme.toml").write_text(
        example.replace("eyes = 0.405", "eyes = 0.405, eye_range = [0.38, 0.42]"), "utf-8"
    )
    assert find_look("acme-blue").framing.eye_range == (0.38, 0.42)


def said(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if value is None:
        return "none"
    return str(list(value)) if isinstance(value, tuple) else f"{value:g}"


def test_the_document_tells_every_backdrop_with_its_keys() -> None:
    found = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows("Kind")}
    assert found == {kind: set(keys) for kind, keys in BACKDROP_KEYS.items()}


def test_the_documents_example_is_a_look(own: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (own / "acme.toml").write_text(example, "utf-8")
    look = find_look("acme-blue")
    assert look.backdrop.colour == pytest.approx((0x1F / 255, 0x4E / 255, 0x9C / 255))


def test_the_documents_retouch_by_part_is_one(own: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (table,) = re.findall(r"^    (retouch = {.*})$", DOCUMENT, re.MULTILINE)
    (own / "acme.toml").write_text(example.replace("retouch = 0.5", table), "utf-8")
    assert find_look("acme-blue").finish.retouch == retouching_from(tomllib.loads(table)["retouch"])


def test_unknown_look_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="studio-grey"):
        find_look("studio-gray")


def test_the_users_looks_stand_behind_the_built_in_ones(own: Path) -> None:
    assert tuple(LOOKS) == LOOKS.built_in
    (own / "b.toml").write_text(GOOD.replace("mine", "second"), "utf-8")
    (own / "a.toml").write_text(GOOD, "utf-8")
    assert tuple(LOOKS) == (*LOOKS.built_in, "mine", "second")
    assert len(LOOKS) == len(LOOKS.built_in) + 2
    assert LOOKS["mine"].title == "Mine" and "mine" in LOOKS
    (own / "a.toml").write_text(GOOD.replace("Mine", "Mine, changed"), "utf-8")
    assert find_look("mine").title == "Mine, changed"
    (own / "a.toml").unlink()
    assert "mine" not in LOOKS


def test_a_picture_is_looked_for_beside_its_look(own: Path) -> None:
    backdrop = 'backdrop = { kind = "picture", picture = "wall.jpg", blur = 0.05 }'
    (own / "a.toml").write_text(re.sub("backdrop = .*", backdrop, GOOD), "utf-8")
    assert find_look("mine").backdrop.picture == str(own / "wall.jpg")


@pytest.mark.parametrize("name", ["executive", "mine"])
def test_no_look_replaces_another(own: Path, name: str) -> None:
    (own / "a.toml").write_text(GOOD, "utf-8")
    (own / "b.toml").write_text(GOOD.replace("[mine]", f"[{name}]"), "utf-8")
    assert find_look("executive").title == "Executive"
    assert find_look("mine").title == "Mine"
    (fault,) = LOOKS.faults
    assert "b.toml" in fault.what and name in fault.what


def test_a_broken_file_hides_no_other_look(own: Path) -> None:
    (own / "a.toml").write_text("[broken", "utf-8")
    (own / "b.toml").write_text(GOOD, "utf-8")
    assert find_look("mine") and find_look("executive")
    with pytest.raises(LookUnreadable, match=r"a\.toml is not TOML"):
        find_look("something-else")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("fill = 0.5", "fill = 3", r"light\.fill is 3\. Give a number from 0 to 2"),
        ("fill = 0.5", 'fill = "lots"', r"light\.fill is 'lots'\. Give a number"),
        ("fill = 0.5", "fill = nan", r"light\.fill is nan"),
        ("fill = 0.5", "fill = true", r"light\.fill is True"),
        ("fill = 0.5, ", "", r"light has no fill\. Write fill = a number from 0 to 2"),
        (
            "fill = 0.5",
            "fil = 0.5",
            r"light has a key 'fil'\. Did you mean 'fill'\? Its keys are",
        ),
        ('"#1f4e9c"', '"blue"', r"backdrop\.colour is 'blue'\. Give a colour: \"#rrggbb\""),
        ('"#1f4e9c"', "[0, 1, 2]", r"backdrop\.colour is \[0, 1, 2\]"),
        ("falloff = 0.35", "blur = 0.1", "blur, which the kind paper doesn't have"),
        ("colour =", 'kind = "forest", colour =', r"backdrop\.kind is 'forest'.*\"office\""),
        ("colour =", 'kind = ["office"], colour =', r"backdrop\.kind is"),
        ('colour = "#1f4e9c", falloff = 0.35', 'kind = "picture"', "names no picture"),
        (
            "colour =",
            'kind = "ofice", colour =',
            r"kind is 'ofice'\. Did you mean 'office'\? Give",
        ),
        (
            "azimuth = 30",
            'pattern = "lop"',
            r"pattern is 'lop'\. Did you mean 'loop'\? Give",
        ),
        ("azimuth = 30", 'patern = "loop"', r"key 'patern'\. Did you mean 'pattern'\?.* pattern, "),
        (
            "backdrop = {",
            "backdrops = {",
            r"a key 'backdrops'\. Did you mean 'backdrop'\? Its keys "
            "are backdrop, description, finish, framing, light, title",
        ),
        ("finish = {", "finish = 7\nmore = {", "has a key 'more'"),
        ("finish = {", "finish = 7\n[other]\nmore = {", "finish is 7, not a table"),
        ('"#1f4e9c"', "[0, 1]", r"backdrop\.colour is \[0, 1\]"),
        ('"#1f4e9c"', '["0", 1, 1]', r"backdrop\.colour is \['0', 1, 1\]"),
        ("finish = {", "[mine.finish]\n[mine.more]\nx = {", "has a key 'more'"),
        ('title = "Mine"', 'title = " "', "has no title"),
        ('title = "Mine"', "title = 3", "has no title"),
        ('title = "Mine"', "", "has no title"),
        ("eyes = 0.405", "eyes = 0.21", "more than half of head"),
        ("[mine]", '["My Look"]', "has a look called 'My Look'"),
        ("[mine]", "mine = 3\n[other]", "is 3, not a table"),
        ("grain = 0.004", "grain = 0", r"finish\.grain is 0\. Give a number from 0\.002"),
        ("aspect = 0.8", f"aspect = 1{'0' * 400}", r"framing\.aspect is 1000"),
    ],
)
def test_each_fault_is_named_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(LookUnreadable, match=told) as raised:
        read_looks(file)
    assert str(file) in str(raised.value) and len(str(raised.value)) < 600


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(LookUnreadable, match="can't be opened"):
        read_looks(tmp_path / "nothing.toml")
    with pytest.raises(LookUnreadable, match="can't be opened"):
        read_looks(tmp_path)
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LookUnreadable, match="UTF-8"):
        read_looks(tmp_path / "a.toml")
    (tmp_path / "a.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(LookUnreadable, match="too large"):
        read_looks(tmp_path / "a.toml")
    (tmp_path / "a.toml").write_text("a = " + "[" * 5000, "utf-8")
    with pytest.raises(LookUnreadable, match="not TOML"):
        read_looks(tmp_path / "a.toml")


fuzzing = hypothesis_settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fuzzing
@given(cut=st.integers(0, len(GOOD)), put=st.text(max_size=12), drop=st.integers(0, 12))
def test_a_damaged_file_is_read_or_refused_by_name(
    tmp_path: Path, cut: int, put: str, drop: int
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(GOOD[:cut] + put + GOOD[cut + drop :], "utf-8", newline="")
    try:
        looks = read_looks(file)
    except LookUnreadable as fault:
        assert "a.toml" in fault.what and "\n" not in fault.what
    else:
        assert all(isinstance(look, Look) for look in looks.values())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@fuzzing
@given(part=st.sampled_from(sorted(PARTS)), data=st.data(), value=values)
def test_any_value_in_any_place_is_read_or_refused(
    part: str, data: st.DataObject, value: object
) -> None:
    table: dict[str, Any] = tomllib.loads(GOOD)["mine"]
    table[part][data.draw(st.sampled_from([each.name for each in fields(PARTS[part])]))] = value
    try:
        look = read_look("mine", table)
    except LookUnreadable as fault:
        assert part in fault.what
    else:
        assert hash(look) is not None and look.name == "mine"


@pytest.mark.parametrize("value", [[], {}, [1, 2]])
def test_a_pattern_that_is_no_text_is_refused(value: object) -> None:
    table: dict[str, Any] = tomllib.loads(GOOD)["mine"]
    table["light"]["pattern"] = value
    with pytest.raises(LookUnreadable, match="pattern"):
        read_look("mine", table)
