"""Prints the rows that the dialog of each recipe has, as JSON: `recipe_rows.py URL TOKEN`.

Runs where GIMP's Python and a screen are.
"""

import json
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
from entries import RecipeEntry  # noqa: E402

body = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
dialog = SimpleNamespace(
    action=actions.RUN, server=Server(*sys.argv[1:]), body=body, tell=print, drawables=[]
)
entry = RecipeEntry(dialog)
entry.show(entry.fetch())
(chooser,) = (
    each for each in body.get_children()[0].get_children() if isinstance(each, Gtk.ComboBox)
)
rows = {}
for number in range(len(entry.fetched["recipes"])):
    chooser.set_active(number)
    texts = [each.get_text() for each in entry.form.get_children() if isinstance(each, Gtk.Label)]
    rows[entry.recipe()] = [sorted(texts), entry.form.values()]
sys.stdout.write(json.dumps(rows))
