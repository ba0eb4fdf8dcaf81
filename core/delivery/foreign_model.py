"""Which generative model made or edited a picture, where the program that wrote the file tells.

ComfyUI writes its graph into the file, AUTOMATIC1111 and its kin their parameters, others a C2PA
manifest. Of all that, the model's name alone is taken: prompts, names of files and of people stay
where they are. As a model may be called after a person, of its name only known words are taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from ..provenance import ModelUse

_MOST_BYTES = 4_000_000  # of a text; graphs have some 100,000
_MOST_MODELS = 3
_PNG = b"\x89PNG\r\n\x1a\n"
_UNICODE = b"UNICODE\0"  # begins a comment in EXIF (2.32, 4.6.6); UTF-16 follows
# Inputs of ComfyUI's loaders, and of its nodes that ask a service, that name a model which paints.
_LOADED = ("ckpt_name", "unet_name")
_ASKED = "model"
# What AUTOMATIC1111 ends its parameters with, and the model in it.
_PARAMETERS = re.compile(r"^Steps: \d+, .*$", re.MULTILINE)
_MODEL = re.compile(r"\bModel: ([^,\n]{1,200})")
# Words of models' names: families and makers, and what tells their kinds apart.
_FAMILY = re.compile(
    r"flux[.\d]*|klein|kontext|krea|chroma|qwen|sdxl|sd[.\d]+|xl|stable|emaonly|hidream|hunyuan\w*"
    r"|zimage|kolors|pixart|lumina|omnigen\d?|step1x|juggernaut(xl)?|realvis(xl)?"
    r"|dreamshaper(xl)?|epicrealism(xl)?|instantid|pulid|photomaker|gpt|chatgpt|gemini|imagen"
    r"|firefly|dall|midjourney|seedream|seededit|ideogram|recraft|grok",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"image|edit|fill|inpaint(ing)?|outpaint(ing)?|diffusion|turbo|lightning|hyper|schnell|dev|pro"
    r"|max|plus|ultra|mini|flash|base|refiner|preview|distilled|pruned|sd|z|e|nano|banana"
    r"|adobe|openai|google|v?\d{1,4}(\.\d{1,3})*[abo]?",
    re.IGNORECASE,
)


def foreign_model(data: bytes) -> ModelUse | None:
    """The generative model that the file `data` names; None where it tells of none.

    Its name is empty where the file tells of one by a name that is not known.
    """
    names = [name for text in _texts(data) for name in _named(text)]
    if not names and b"c2pa" in data:
        from .credentials import inspect  # its library takes a sixth of a second to load

        signed = inspect(data)
        names = list(signed.models) if signed is not None and signed.valid else []
    if not names:
        return None
    known = list(dict.fromkeys(filter(None, map(known_name, names))))
    return ModelUse(name=", ".join(known[:_MOST_MODELS]))


def known_name(text: str) -> str:
    """What of a model's name, or of the path of its file, is made of known words; empty where none
    of them tells the model.
    """
    file = re.split(r"[/\\]", text[-400:])[-1]
    words = re.split(r"[\s_\-()\[\],:]+", re.sub(r"\.(safetensors|ckpt|gguf|pth?|bin)$", "", file))
    known = [each for each in words if _FAMILY.fullmatch(each) or _KIND.fullmatch(each)]
    return "-".join(known[:10]) if any(map(_FAMILY.fullmatch, known)) else ""


def _texts(data: bytes) -> Iterator[str]:
    """The texts of a file in which programs tell how they made it."""
    if data.startswith(_PNG):
        yield from _png_texts(data)
    elif (start := data.find(_UNICODE, 0, 100_000)) >= 0:
        comment = data[start + len(_UNICODE) : start + 100_000]
        for encoding in ("utf-16-be", "utf-16-le"):
            yield comment.decode(encoding, "ignore")


def _png_texts(data: bytes) -> Iterator[str]:
    """The uncompressed texts before the pixels (PNG, 11.3.3)."""
    at = len(_PNG)
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            return
        if kind in (b"tEXt", b"iTXt") and size <= _MOST_BYTES:
            keyword, _, text = data[at + 8 : at + 8 + size].partition(b"\0")
            if keyword in (b"prompt", b"parameters"):
                encoding = "utf-8" if kind == b"iTXt" else "latin-1"
                yield text.removeprefix(b"\0\0\0\0").decode(encoding, "ignore")
        at += 12 + size


def _named(text: str) -> Iterator[str]:
    """The models that a text names: a graph of ComfyUI, or parameters."""
    if text.startswith("{"):
        try:
            graph = json.loads(text)
        except (ValueError, RecursionError):
            return
        for node in cast(dict[str, Any], graph).values():
            inputs = node.get("inputs") if isinstance(node, dict) else None
            if isinstance(inputs, dict):
                yield from _loaded(cast(dict[str, Any], inputs))
        return
    for line in _PARAMETERS.findall(text):
        if "Sampler: " in line:
            model = _MODEL.search(line)
            yield model[1] if model else ""


def _loaded(inputs: dict[str, Any]) -> Iterator[str]:
    """The models of one node."""
    yield from (inputs[each] for each in _LOADED if isinstance(inputs.get(each), str))
    name = inputs.get(_ASKED)  # of most nodes a link, or a choice of something else
    if isinstance(name, str) and known_name(name):
        yield name
