"""Tokens of texts and patches of pictures for Qwen2.5-VL.

The processor of transformers also handles videos, for which it needs torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..models.libraries import transformers

_PLACE = "<|image_pad|>"  # placeholder for each token of a picture


class Reader:
    """Replaces the pipeline's processor, with what the pipeline uses of it."""

    def __init__(self, tokenizer: Any, pictures: Any) -> None:
        self.tokenizer, self._pictures = tokenizer, pictures

    def __call__(
        self,
        text: Sequence[str],
        images: Sequence[Any] | None = None,
        padding: bool = True,
        return_tensors: str = "pt",
    ) -> Any:
        """Token ids with their mask, and the pictures' patches with their grids."""
        patches: dict[str, Any] = {}
        texts = list(text)
        if images:
            patches = dict(self._pictures(images=list(images), return_tensors=return_tensors))
            tokens = [
                int(grid.prod()) // self._pictures.merge_size**2
                for grid in patches["image_grid_thw"]
            ]
            texts = list(_filled(texts, tokens))
        encoded = self.tokenizer(texts, padding=padding, return_tensors=return_tensors)
        return transformers("BatchFeature")({**encoded, **patches})


def _filled(texts: Sequence[str], tokens: Sequence[int]) -> Any:
    """The texts with as many placeholders for each picture as it has tokens."""
    rest = iter(tokens)
    for text in texts:
        first, *others = text.split(_PLACE)
        yield first + "".join(_PLACE * next(rest) + other for other in others)


def load_reader(model: Path) -> Reader:
    """The reader of the diffusers folder `model`."""
    tokenizer = transformers("AutoTokenizer").from_pretrained(
        model / "tokenizer", local_files_only=True
    )
    pictures = transformers("Qwen2VLImageProcessorPil").from_pretrained(
        model / "processor", local_files_only=True
    )
    return Reader(tokenizer, pictures)
