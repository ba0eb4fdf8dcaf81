"""The vocabulary of Qwen's text encoders where a model comes without: every ComfyUI has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ....errors import ModelMissing
from ....settings import settings
from ..models.libraries import transformers

_COMFYUI = Path("comfy", "text_encoders", "qwen25_tokenizer")
# The signs that follow on the plain words, in order; Qwen2.5's, and four more of Qwen3's.
_SIGNS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>"),
    *("<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>", "<tool_call>"),
    *("</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>"),
    *("<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>"),
    "</think>",
)
_FIRST = 151_643
# What Qwen3's own template makes of one question, with the answer begun after no thoughts.
_CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n<think>\n\n</think>\n\n"
)


def words_of(model: Path) -> Path:
    """The folder with the vocabulary for the file `model`: `tokenizer` in the folder beside it that
    is called as it is, else ComfyUI's.

    Raises:
        ModelMissing: neither is there.
    """
    own = model.with_suffix("") / "tokenizer"
    comfyui = settings().comfyui
    for folder in (own, *([comfyui / _COMFYUI] if comfyui else [])):
        if (folder / "vocab.json").is_file():
            return folder
    raise ModelMissing(
        f"{model} comes without the vocabulary of its text encoder, which is not in {own} either",
        "Set HEADSHOTS_COMFYUI_DIR to a ComfyUI, which has it, or put the published model's folder "
        "`tokenizer` there.",
    )


def tokenizer_of(model: Path) -> Any:
    """The tokenizer for the file `model`. Raises as `words_of`."""
    folder = words_of(model)
    if (folder / "tokenizer_config.json").is_file() and folder.name == "tokenizer":
        return transformers("AutoTokenizer").from_pretrained(folder, local_files_only=True)
    words: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))
    # Numbered here, as signs that are added later get numbers in the order of their roles.
    words |= {sign: _FIRST + place for place, sign in enumerate(_SIGNS)}
    merges = (folder / "merges.txt").read_text("utf-8").splitlines()
    made = transformers("Qwen2Tokenizer")(
        vocab=words,
        merges=[tuple(line.split()) for line in merges if line and not line.startswith("#version")],
        eos_token="<|im_end|>",
        model_max_length=131_072,
    )
    made.add_tokens(list(_SIGNS), special_tokens=True)
    made.chat_template = _CHAT
    return made
