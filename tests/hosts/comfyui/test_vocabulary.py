"""The vocabulary of Qwen's text encoders, which split files take from the ComfyUI around."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.generation.diffusion.families.qwen_vocabulary import tokenizer_of
from headshots.core.settings import settings

from .prepare import Environment

# Numbers of Qwen's signs and of a question, as its published tokenizers give them.
START, END, NEWLINE, USER, ASSISTANT = 151_644, 151_645, 198, 872, 77_091
THINK, THOUGHT, PICTURE = 151_667, 151_668, 151_655


def test_it_numbers_words_and_signs_as_qwen_does(
    comfyui: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADSHOTS_COMFYUI_DIR", str(comfyui.engine))
    settings.cache_clear()
    try:
        tokenizer = tokenizer_of(tmp_path / "flux-2-klein-4b.safetensors")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    words = tokenizer("hello world").input_ids
    assert words == [14_990, 1_879]
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hello world"}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    start = [START, USER, NEWLINE, *words, END, NEWLINE, START, ASSISTANT, NEWLINE]
    told = tokenizer(asked).input_ids
    assert told[: len(start)] == start and told[len(start)] == THINK and THOUGHT in told
    assert tokenizer("<|image_pad|>").input_ids == [PICTURE]
    padded = tokenizer("hello", padding="max_length", max_length=4).input_ids
    assert padded == [14_990, *[151_643] * 3]
