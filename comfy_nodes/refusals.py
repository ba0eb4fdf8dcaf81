"""Converts our errors for ComfyUI, which shows the text under the error's code."""

from __future__ import annotations

from functools import cache

from ..core.errors import HeadshotsError, IdentityNotFound, WeightsCorrupt, WeightsMissing
from ..core.installation import running


def refusal(error: HeadshotsError) -> Exception:
    """The exception to raise instead.

    ComfyUI shows an exception's text under the name of its class and module; a pack's module name
    is the whole path of its folder. Here it is "headshots." and the code.
    """
    return _named(error.code)(f"{error.what}. {_remedy(error)}")


@cache
def _named(code: str) -> type[Exception]:
    return type(code, (Exception,), {"__module__": "headshots"})


def _remedy(error: HeadshotsError) -> str:
    """The remedy for users of ComfyUI, where the command line may not be installed."""
    if isinstance(error, WeightsMissing | WeightsCorrupt):
        return f"Fetch it once, in a terminal: {running('setup')}. Then run the graph again."
    if isinstance(error, IdentityNotFound):
        return "Enrol the sitter, and store it with 'Save sitter'."
    return error.remedy
