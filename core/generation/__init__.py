"""Pictures of a sitter: requests in, candidates out; generators are leaves in `GENERATORS`."""

from __future__ import annotations

from ..registry import Registry
from .generator import Candidate, Generator, Origin, Painting, Request
from .library import LOOKS, find_look
from .looks import Look

GENERATORS: Registry[Generator] = Registry("generator")
GENERATORS.add("studio", "generation.studio.generator:load")
GENERATORS.add("diffusion", "generation.diffusion.generator:load")

__all__ = [
    "GENERATORS",
    "LOOKS",
    "Candidate",
    "Generator",
    "Look",
    "Origin",
    "Painting",
    "Request",
    "find_look",
]
