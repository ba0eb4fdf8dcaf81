"""Pictures of a sitter: requests in, candidates out; generators are leaves in `GENERATORS`."""

from __future__ import annotations

from ..registry import Registry
from .generator import Candidate, Generator, Origin, Request
from .looks import LOOKS, Look, find_look

GENERATORS: Registry[Generator] = Registry("generator")
GENERATORS.add("studio", "generation.studio.generator:load")

__all__ = [
    "GENERATORS",
    "LOOKS",
    "Candidate",
    "Generator",
    "Look",
    "Origin",
    "Request",
    "find_look",
]
