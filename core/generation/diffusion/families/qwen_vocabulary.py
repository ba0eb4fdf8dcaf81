"""The vocabulary of Qwen's text encoders for models without one: ComfyUI ships it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ....errors import ModelMissing
from ....settings import settings
from ..models.libraries import transformers

_COMFYUI = Path("comfy", "text_encoders", "qwen25_tokenizer")
# Special tokens after the plain words, in order: Qwen2.5's, and four more of Qwen3's.
_SIGNS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>"),
    *("<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>", "<tool_call>"),
    *("</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>"),
    *("<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>"),
    "</think>",
)
_FIRST = 151_643
# Qwen3's chat template for one question, with an empty block of thoughts.
_CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n<think>\n\n</think>\n\n"
)


def words_of(model: Path) -> Path:
    """The folder with the vocabulary for the file `model`.

    That is `tokenizer` in the folder of the same name beside it, else ComfyUI's.

    Raises:
        ModelMissing: there is neither.
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
    """The tokenizer for the file `model`; raises as `words_of` does."""
    folder = words_of(model)
    if (folder / "tokenizer_config.json").is_file() and folder.name == "tokenizer":
        return transformers("AutoTokenizer").from_pretrained(folder, local_files_only=True)
    words: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))
    # Numbered here, as tokens that are added later are numbered by their roles.
    words |= {sign: _FIRST + place for place, sign in enumerate(_SIGNS)}
    merges = (folder / "merges.txt").read_text("utf-8").splitlines()
    tokenizer = transformers("Qwen2Tokenizer")(
        vocab=words,
        merges=[tuple(line.split()) for line in merges if line and not line.startswith("#version")],
        eos_token="<|im_end|>",
        model_max_length=131_072,
    )
    tokenizer.add_tokens(list(_SIGNS), special_tokens=True)
    tokenizer.chat_template = _CHAT
    return tokenizer
