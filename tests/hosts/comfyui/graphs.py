"""Prompts in ComfyUI's API format, put together in Python."""

from __future__ import annotations

from typing import Any

Prompt = dict[str, dict[str, Any]]
OF_ADA = "photos/obama.jpg\nphotos/obama2.jpg\nphotos/obama3.jpg"


class Graph:
    """A prompt that grows node by node."""

    def __init__(self) -> None:
        self.prompt: Prompt = {}

    def add(self, kind: str, **inputs: Any) -> str:
        """A node more; its id, to be linked by `[id, output number]`."""
        id = str(len(self.prompt) + 1)
        self.prompt[id] = {"class_type": kind, "inputs": inputs}
        return id

    def load(self, name: str) -> str:
        """The stored sitter."""
        return self.add("HeadshotsLoadSitter", name=name)

    def pictures(self, *names: str, **options: Any) -> str:
        """Pictures of the input folder, from a node of another pack."""
        given = {"shape": "RGB", "size": 0, **options}
        return self.add("ProbePictures", names=" ".join(names), **given)

    def studio(self, identity: str, *looks: str, **options: Any) -> str:
        """Pictures of a sitter, small and few unless `options` say otherwise."""
        names = looks or ("studio-grey",)
        chosen = self.add("HeadshotsChooseLook", looks={"__value__": [*names]})
        small = {"count": 2, "width": 256, "seed": 1, **options}
        return self.add("HeadshotsStudio", identity=[identity, 0], looks=[chosen, 0], **small)

    def look(self, **links: Any) -> str:
        """A node that shows what comes along its links."""
        return self.add("ProbeLook", **links)
