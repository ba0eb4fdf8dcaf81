"""Generates pictures of a sitter from requests, and edits finished pictures.

Generators are registered in `GENERATORS`. Other parts of the core use only the names of this
module, and import nothing from the studio's folder.
"""

from __future__ import annotations

from ..provenance import Provenance
from ..registry import Registry
from .generator import Candidate, Generator, Request
from .library import LOOKS, find_look
from .looks import Look
from .studio.compose.edges import decontaminate
from .studio.compose.layered import layers_of
from .studio.edit.restage import brightened, relit, set_before
from .studio.edit.subject import Subject, find_subject
from .studio.mannequin import light_picture, look_picture
from .studio.retouch.creases import without_creases
from .studio.retouch.details import touch_up
from .studio.retouch.lint import without_lint
from .team_framing import framed

GENERATORS: Registry[Generator] = Registry("generator")
GENERATORS.add("studio", "generation.studio.generator:load")
GENERATORS.add("diffusion", "generation.diffusion.generator:load")

__all__ = [
    "GENERATORS",
    "LOOKS",
    "Candidate",
    "Generator",
    "Look",
    "Provenance",
    "Request",
    "Subject",
    "brightened",
    "decontaminate",
    "find_look",
    "find_subject",
    "framed",
    "layers_of",
    "light_picture",
    "look_picture",
    "relit",
    "set_before",
    "touch_up",
    "without_creases",
    "without_lint",
]
