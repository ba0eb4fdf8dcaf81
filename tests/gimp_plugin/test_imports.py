"""What the plug-in does without GIMP runs on a bare Python."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import PLUG_IN, PURE


@pytest.mark.parametrize("name", PURE)
def test_it_needs_the_standard_library_alone(name: str) -> None:
    # -S leaves out installed packages, -I the folder of the checkout.
    code = f"import sys; sys.path.append({str(PLUG_IN)!r}); import {name}"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
