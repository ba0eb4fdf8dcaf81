"""Prints what a dialog says of problems, by code, and its buttons, as JSON: `remedy_rows.py`.

Runs where GIMP's Python and a screen are.
"""

import json
import sys
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gtk", "3.0")

sys.path.insert(0, str(Path(__file__).parents[3] / "gimp_plugin" / "headshots"))
from core_client import Problem  # noqa: E402
from remedies import mended  # noqa: E402

rows = {}
for code in ("identity.not-found", "weights.missing", "weights.corrupt", "photo.damaged"):
    text, buttons = mended(None, Problem(code, "No sitter", "Run `headshots`."))
    rows[code] = [text, [caption for caption, _ in buttons]]
sys.stdout.write(json.dumps(rows))
