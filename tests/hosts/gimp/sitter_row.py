"""Prints what a dialog says beside the row that asks for a sitter: `sitter_row.py URL TOKEN NAME`.

Runs where GIMP's Python and a screen are.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[3] / "gimp_plugin" / "headshots"))
import actions  # noqa: E402
from core_client import Server  # noqa: E402
from entry import Entry  # noqa: E402

url, token, name = sys.argv[1:]
body = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
dialog = SimpleNamespace(action=actions.MAKE, server=Server(url, token), body=body, tell=print)
asking = Entry(dialog)
asking.ask_sitter(asking.fetch()["sitters"], name)
for widget in body.get_children():
    sys.stdout.write(f"{widget.get_text()}\n")
