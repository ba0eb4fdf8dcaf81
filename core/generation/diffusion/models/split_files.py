"""Models in ComfyUI's format: denoiser, text encoder and VAE in separate files.

The denoiser lies in `diffusion_models`, the others in `text_encoders` and `vae` beside that folder.
Tensors show which files belong together: by names that only one architecture has, and by widths
    that
must match between networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ....errors import ModelMissing, ModelUnreadable
from ....safetensors_header import Header, read_header
from ..families.detect import FAMILIES, Family
from ..families.qwen_vocabulary import words_of

PREFIX = "model.diffusion_model."  # before a denoiser's tensors in some files
_NETWORKS = ("diffusion_models", "unet")  # the second is ComfyUI's old name
_FOLDERS = {"text_encoder": ("text_encoders", "clip"), "vae": ("vae",)}
_WHAT = {"text_encoder": "text encoder", "vae": "VAE"}


@dataclass(frozen=True)
class _Sign:
    """How to recognise a network.

    has, lacks: names of tensors.
    wide: a tensor and the side of it whose width must match the denoiser.
    called: name of the published file.
    """

    has: tuple[str, ...]
    lacks: tuple[str, ...]
    wide: tuple[str, int]
    called: str

    def fits(self, header: Header, width: int) -> bool:
        name, side = self.wide
        shape = header.shapes.get(name, ())
        return (
            all(each in header.shapes for each in self.has)
            and not any(each in header.shapes for each in self.lacks)
            and len(shape) > side
            and shape[side] == width
        )


_EMBEDDED = ("model.embed_tokens.weight", 1)
_SIGNS: Mapping[str, Mapping[str, _Sign]] = {
    "klein": {
        "text_encoder": _Sign(
            has=("model.layers.0.self_attn.q_norm.weight",),
            lacks=("model.layers.0.post_feedforward_layernorm.weight",),  # Gemma 3
            wide=_EMBEDDED,
            called="qwen_3_4b.safetensors",
        ),
        "vae": _Sign(
            has=("decoder.conv_in.weight",),
            lacks=(),
            wide=("bn.running_mean", 0),
            called="flux2-vae.safetensors",
        ),
    },
}


def family_of_network(path: Path, header: Header) -> Family | None:
    """The family of a file that holds only a denoiser.

    None if it isn't supported, or lies in another folder than ComfyUI's for denoisers.
    """
    names = {name.removeprefix(PREFIX) for name in header.shapes}
    if _place(path) is None:
        return None
    if "double_stream_modulation_img.lin.weight" in names and not any(
        name.startswith("guidance_in.")
        for name in names  # FLUX.2 dev
    ):
        return FAMILIES["klein"]
    return None


def others_of(path: Path, family: Family, header: Header) -> Mapping[str, Path]:
    """The files of text encoder and VAE for the denoiser in `path`, by part.

    Of several that fit, the largest, which has the highest precision.

    Raises:
        ModelMissing: one is missing, or the vocabulary of the text encoder.
    """
    place = _place(path)
    assert place is not None
    widths = _widths(header)
    files = dict[str, Path]()
    for part, sign in _SIGNS[family.name].items():
        folders = [place / each for each in _FOLDERS[part]]
        fitting = [file for file, header_ in _headers(folders) if sign.fits(header_, widths[part])]
        if not fitting:
            raise ModelMissing(
                f"{path} is the denoiser of a {family.title} model, and its {_WHAT[part]} is not "
                f"in {folders[0]}",
                f"Put it there, such as {sign.called}.",
            )
        files[part] = max(fitting, key=lambda file: (file.stat().st_size, file.name))
    words_of(path)
    return files


def _place(path: Path) -> Path | None:
    """The folder with ComfyUI's folders of denoisers, text encoders and VAEs."""
    return next((each.parent for each in path.parents if each.name in _NETWORKS), None)


def _widths(header: Header) -> Mapping[str, int]:
    """Width of the text encoder's tokens, and number of channels of the VAE's latents."""
    shapes = {name.removeprefix(PREFIX): shape for name, shape in header.shapes.items()}
    try:
        # It takes three layers of the text encoder, and patches of 2 x 2 as channels.
        return {
            "text_encoder": shapes["txt_in.weight"][1] // 3,
            "vae": shapes["img_in.weight"][1],
        }
    except (KeyError, IndexError):
        return {"text_encoder": 0, "vae": 0}


def _headers(folders: list[Path]) -> Iterator[tuple[Path, Header]]:
    for folder in folders:
        for file in sorted(folder.rglob("*.safetensors")):
            try:
                yield file, read_header(file)
            except ModelUnreadable:  # not a file that we need
                continue
