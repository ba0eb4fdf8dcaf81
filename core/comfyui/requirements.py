"""What a ComfyUI lacks for nodes: packs, model files, or a newer version of itself.

ComfyUI is asked, not its folders: what it declares for an input lists the files in every folder
that it reads, those of its extra_model_paths.yaml too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connection import Connection

_MODELS = (".safetensors", ".sft", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx")

Nodes = Mapping[str, Mapping[str, Any]]  # class_type and inputs in the API format, by id


@dataclass(frozen=True)
class ModelFile:
    """A model file that our workflows name.

    folder: below ComfyUI's folder models. size: gigabytes. source: where its maker offers it.
    comfyui: the first version of ComfyUI that reads it; empty where any does.
    """

    folder: str
    size: float
    licence: str
    source: str
    comfyui: str = ""


def lacking(nodes: Nodes, connection: Connection) -> tuple[str, ...]:
    """What the ComfyUI of `connection` lacks to run `nodes`, in words, each once.

    Raises:
        ComfyuiUnreachable, ComfyuiRefused: as `Connection`.
    """
    return tuple(dict.fromkeys(_lacking(nodes, connection)))


@cache
def model_files() -> Mapping[str, ModelFile]:
    """The model files that our workflows name, by their names there."""
    return {name: ModelFile(**table) for name, table in _tables()["files"].items()}


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("model_files.toml").read_text("utf-8"))


def _lacking(nodes: Nodes, connection: Connection) -> Iterator[str]:
    declared: dict[str, Mapping[str, Any] | None] = {}
    version = ""
    for node in nodes.values():
        kind = str(node["class_type"])
        if kind not in declared:
            declared[kind] = connection.declaration(kind)
        declaration = declared[kind]
        if declaration is None:
            yield _node(kind)
            continue
        for name, value in node["inputs"].items():
            offered = _offered(declaration, name)
            if offered is None or not isinstance(value, str) or not value.endswith(_MODELS):
                continue  # other values ComfyUI judges itself when it is sent the prompt
            if value not in offered:
                yield _value(value, kind, name)
            elif (known := model_files().get(value)) and known.comfyui:
                version = version or connection.version()
                if _numbers(version) < _numbers(known.comfyui):
                    yield f"ComfyUI {known.comfyui} or newer ({version} runs there)"


def _offered(declaration: Mapping[str, Any], name: str) -> list[Any] | None:
    """The values that an input offers; None if it offers none, or is not declared."""
    for part in ("required", "optional"):
        match declaration.get("input", {}).get(part, {}).get(name):
            case [list(values), *_]:
                return values
            case ["COMBO", {"options": list(values)}]:
                return values
            case _:
                pass
    return None


def _node(kind: str) -> str:
    pack = _tables()["packs"].get(kind)
    return f"the node {kind!r}" + (f" of the pack {pack}" if pack else "")


def _value(value: str, kind: str, name: str) -> str:
    # On Windows ComfyUI lists files with that system's separator.
    known = model_files().get(value.replace("\\", "/"))
    if known is None:
        return f"{value!r}, which {kind} takes as {name}"
    return (
        f"the file {value} in models/{known.folder} ({known.size:g} GB, licence: {known.licence}; "
        f"{known.source})"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3])
