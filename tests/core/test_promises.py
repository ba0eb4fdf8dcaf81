"""docs/privacy.md: every promise names the test that holds it, and that test is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "privacy.md"
ROW = re.compile(r"^\| (.+?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def promises() -> dict[str, str]:
    """The tests by the promise, as they are written."""
    table = PAGE.read_text("utf-8").partition("## What holds these promises")[2]
    return {promise: test for promise, test in ROW.findall(table)[1:] if set(promise) != {"-"}}


def test_every_promise_names_a_test_that_is_there() -> None:
    assert len(promises()) > 15
    for promise, named in promises().items():
        found = TEST.findall(named)
        assert found and TEST.sub("", named).strip(" ,") == "", promise
        for file, function in found:
            assert (ROOT / file).is_file(), promise
            text = (ROOT / file).read_text("utf-8")
            assert not function or f"\ndef {function}(" in text, promise
