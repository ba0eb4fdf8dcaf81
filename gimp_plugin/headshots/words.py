"""The plug-in's own texts in GIMP's language, English where there are none in it.

Every text that a person reads goes through `say`, in English; german.py has its German. It uses
only the standard library.
"""

from german import GERMAN

_TABLES = {"de": GERMAN}
_chosen = {"language": "en"}


def speak(names):
    """Choose the first language that there are texts in.

    Args:
        names: as `GLib.get_language_names` returns them, the best first; empty: English.
    """
    codes = (name[:2].lower() for name in names)
    _chosen["language"] = next((code for code in codes if code in ("en", *_TABLES)), "en")


def language():
    """The code of the chosen language, as the server takes it."""
    return _chosen["language"]


def say(text, **values):
    """`text`, English, in the chosen language, with `values` for the names in braces."""
    return _TABLES.get(language(), {}).get(text, text).format(**values)


def figure(value, digits):
    """A number as the chosen language writes it."""
    return f"{value:.{digits}f}".replace(".", "," if language() == "de" else ".")


def capital(text):
    """`text` with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
