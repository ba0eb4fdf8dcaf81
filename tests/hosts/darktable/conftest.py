"""A real darktable with an empty library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .darktable import Darktable, darktable


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Darktable]:
    """A darktable that this file's tests share."""
    try:
        with darktable(tmp_path_factory.mktemp("darktable") / "own") as running:
            yield running
    except RuntimeError as error:
        if "not installed" not in str(error):
            raise
        pytest.skip(str(error))
