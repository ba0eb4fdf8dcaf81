"""CLIP's tokenizers from the vocabulary that the CLIP authors publish (MIT).

The vocabulary follows from the merges: the 256 byte characters, the same at a word's end, one entry
for each merge, and the tokens for start and end (`SimpleTokenizer` in OpenAI's CLIP).
"""

from __future__ import annotations

import gzip
from typing import Any

from ....weights.store import weight_path
from ..models.libraries import transformers

_MERGES = 49152 - 256 - 2
_START, _END = "<|startoftext|>", "<|endoftext|>"


def tokenizers(*, second: bool) -> dict[str, Any]:
    """The tokenizers by the pipeline's names for them.

    second: also SDXL's second one. They differ in padding: the first uses the end token, the second
        "!".

    Raises:
        WeightsMissing: the vocabulary was not fetched yet.
    """
    text = gzip.decompress(weight_path("clip-vocabulary").read_bytes()).decode("utf-8")
    merges = [tuple(line.split()) for line in text.split("\n")[1 : _MERGES + 1]]
    signs = list(byte_signs())
    words = [*signs, *(f"{sign}</w>" for sign in signs)]
    words += ["".join(pair) for pair in merges] + [_START, _END]
    vocabulary = {word: number for number, word in enumerate(words)}

    def tokenizer(pad: str) -> Any:
        return transformers("CLIPTokenizer")(
            vocab=vocabulary,
            merges=merges,
            unk_token=_END,
            bos_token=_START,
            eos_token=_END,
            pad_token=pad,
            model_max_length=77,
        )

    first = {"tokenizer": tokenizer(_END)}
    return first | ({"tokenizer_2": tokenizer("!")} if second else {})


def byte_signs() -> list[str]:
    """A printable character for each byte, printable bytes first (GPT-2's `bytes_to_unicode`)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return [*map(chr, plain), *(chr(256 + place) for place in range(len(others)))]
