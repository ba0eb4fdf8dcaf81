"""The folders that ComfyUI's extra_model_paths.yaml names, beside its own folder models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.generation.diffusion.models.comfyui_folders import comfyui_folders
from headshots.core.generation.diffusion.models.installed import folders
from headshots.core.settings import settings


@pytest.fixture
def comfyui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "ComfyUI"
    folder.mkdir()
    monkeypatch.setenv("HEADSHOTS_COMFYUI_DIR", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


def test_own_folders_without_the_file(comfyui: Path) -> None:
    assert comfyui_folders("checkpoints") == (comfyui / "models" / "checkpoints",)


def test_every_folder_of_the_file(
    comfyui: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the example that ComfyUI ships: several sections, several lines, old names."""
    monkeypatch.setenv("DRIVE", str(tmp_path / "drive"))
    (comfyui / "extra_model_paths.yaml").write_text(
        f"""
comfyui:
    base_path: {tmp_path / "central"}
    is_default: true
    checkpoints: models/checkpoints/
    text_encoders: |
         models/text_encoders/
         models/clip/  # legacy location still supported
    unet: models/unet
a111:
    base_path: $DRIVE/webui
    checkpoints: models/Stable-diffusion
beside:
    checkpoints: ../shared
"""
    )
    own = comfyui / "models"
    assert comfyui_folders("checkpoints") == (
        own / "checkpoints",
        tmp_path / "central" / "models/checkpoints",
        tmp_path / "drive" / "webui" / "models/Stable-diffusion",
        comfyui / "../shared",
    )
    assert tmp_path / "central" / "models/unet" in comfyui_folders("diffusion_models")
    assert tmp_path / "central" / "models/text_encoders" in comfyui_folders("text_encoders")
    assert tmp_path / "drive/webui/models/Stable-diffusion" in folders()


@pytest.mark.parametrize(
    "text", ["- a\n- b", "a: [1, 2]", "{", "a:\n  checkpoints: 5", "\0", "&a [*a]"]
)
def test_what_is_no_such_file_names_no_folders(comfyui: Path, text: str) -> None:
    (comfyui / "extra_model_paths.yaml").write_text(text)
    assert len(comfyui_folders("checkpoints")) == 1


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        (Path(folder) / "extra_model_paths.yaml").write_bytes(content)
        patch.setenv("HEADSHOTS_COMFYUI_DIR", folder)
        settings.cache_clear()
        assert comfyui_folders("checkpoints")
    settings.cache_clear()
