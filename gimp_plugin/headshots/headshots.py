#!/usr/bin/env python3
"""Filters > Headshots in GIMP 3: registers the entries and runs them."""

import sys
import traceback
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))  # GIMP may start it from anywhere

INSTALLATION = Path(__file__).resolve().with_name("installation.json")
_READ_WRITE = GObject.ParamFlags.READWRITE


class Headshots(Gimp.PlugIn):
    """The plug-in; all modules but the list of entries are imported only when an entry is run."""

    def do_set_i18n(self, name):
        return False

    def do_query_procedures(self):
        from actions import ACTIONS

        return [action.name for action in ACTIONS]

    def do_create_procedure(self, name):
        from actions import ACTIONS
        from words import say, speak

        speak(GLib.get_language_names())
        action = next(each for each in ACTIONS if each.name == name)
        made = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, action)
        made.set_image_types("*")
        mask = Gimp.ProcedureSensitivityMask
        some = mask.DRAWABLE if action.layers == "one" else mask.DRAWABLE | mask.DRAWABLES
        made.set_sensitivity_mask(some if action.layers else mask.ALWAYS)
        made.set_menu_label(say(action.label))
        made.add_menu_path("<Image>/Filters/Headshots")
        made.set_documentation(say(action.help), say(action.help), name)
        made.set_attribution("headshots", "headshots", "2026")
        for each, nick, blurb, default in (
            ("sitter", "Sitter", "Name of the enrolled sitter", ""),
            ("options", "Options", "The entry's inputs as a JSON object", "{}"),
        ):
            made.add_string_argument(each, nick, blurb, default, _READ_WRITE)
        made.add_string_return_value("report", "Report", "What was done", "", _READ_WRITE)
        return made


def run(procedure, run_mode, image, drawables, config, action):
    """One entry, asked for from the menu or by another program."""
    from core_client import Cancelled, Problem
    from words import say, speak

    Gegl.init(None)
    try:
        if run_mode == Gimp.RunMode.INTERACTIVE:
            from dialog import ask

            report = ask(action, image, drawables, INSTALLATION)
        else:
            from headless import perform

            speak([])  # scripts read what is said
            sitter, options = config.get_property("sitter"), config.get_property("options")
            report = perform(action, image, drawables, sitter, options, INSTALLATION)
    except Cancelled:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    except Problem as problem:
        return _failed(procedure, str(problem))
    except Exception as error:  # of which GIMP itself would say nothing but "execution error"
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        fault = say(
            "A fault in headshots: {error} at {place}. Please report it.",
            error=repr(error),
            place=where,
        )
        return _failed(procedure, fault)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    values.remove(1)
    values.insert(1, GObject.Value(GObject.TYPE_STRING, report))
    return values


def _failed(procedure, text):
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)


Gimp.main(Headshots.__gtype__, sys.argv)
