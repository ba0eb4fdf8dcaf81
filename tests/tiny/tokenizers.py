"""Tokenizers of a few words and of single bytes, on disk as the real ones are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headshots.core.generation.diffusion.families.clip_vocabulary import byte_signs

WORDS = ("photo", "portrait", "headshot", "grey", "blue", "woman", "man", "suit")
END = "<|endoftext|>"
CHAT = (
    "{%- for m in messages %}{{'<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n'}}"
    "{%- endfor %}{%- if add_generation_prompt %}{{'<|im_start|>assistant\n'}}{%- endif %}"
)
QWEN_SIGNS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>"),
    *("<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)


def write_clip_tokenizer(folder: Path, pad: str) -> int:
    """A CLIP tokenizer that knows `WORDS` and single letters; gives its size."""
    folder.mkdir(parents=True, exist_ok=True)
    signs = byte_signs()
    vocabulary = [*signs, *(f"{sign}</w>" for sign in signs)]
    merges: list[str] = []
    for word in WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            if (merge := f"{parts[0]} {parts[1]}") not in merges:
                merges.append(merge)
            parts = ["".join(parts[:2]), *parts[2:]]
            if parts[0] not in vocabulary:
                vocabulary.append(parts[0])
    vocabulary += ["<|startoftext|>", END]
    _write(folder / "vocab.json", {word: place for place, word in enumerate(vocabulary)})
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", "utf-8")
    signs_of = {
        "bos_token": "<|startoftext|>",
        "eos_token": END,
        "unk_token": END,
        "pad_token": pad,
    }
    _write(folder / "special_tokens_map.json", signs_of)
    kind = {"model_max_length": 77, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True}
    _write(folder / "tokenizer_config.json", {**signs_of, **kind})
    return len(vocabulary)


def write_qwen_tokenizer(folder: Path) -> int:
    """A Qwen tokenizer of single bytes; gives its size."""
    folder.mkdir(parents=True, exist_ok=True)
    signs = byte_signs()
    _write(folder / "vocab.json", {sign: place for place, sign in enumerate(signs)})
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    plain = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    added = {
        str(len(signs) + place): {"content": sign, "special": True, **plain}
        for place, sign in enumerate(QWEN_SIGNS)
    }
    _write(
        folder / "tokenizer_config.json",
        {
            "add_prefix_space": False,
            "added_tokens_decoder": added,
            "additional_special_tokens": list(QWEN_SIGNS[1:]),
            "bos_token": None,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "unk_token": None,
            "errors": "replace",
            "model_max_length": 131072,
            "split_special_tokens": False,
            "tokenizer_class": "Qwen2Tokenizer",
            "chat_template": CHAT,
        },
    )
    return len(signs) + len(QWEN_SIGNS)


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
