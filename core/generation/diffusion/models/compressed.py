"""Denoisers whose weights stay in fewer than 16 bits, through diffusers' own loaders.

fp8 and nvfp4 files keep the scales of a weight beside it: one for the tensor, or one for each row.
GGUF files keep blocks of weights, each with its scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ....errors import ExtraMissing, ModelUnreadable
from ....installation import adding
from ....safetensors_header import Header, read_header

GGUF = ".gguf"
# Tensors beside a weight in 8 bits: its scale, by either of two names, and its input's.
SCALES = ("scale_weight", "weight_scale")
ASIDE = (*SCALES, "scale_input", "input_scale", "comfy_quant", "scaled_fp8", "weight_scale_2")
_EIGHT_BITS = "F8_E4M3"


def header_of(path: Path) -> Header:
    """The header of a .safetensors or .gguf file.

    Raises:
        ModelUnreadable: it is damaged.
        ExtraMissing: it is a GGUF file, and the package that reads it isn't installed.
    """
    return _gguf_header(path) if path.suffix == GGUF else read_header(path)


def compressed_bytes(path: Path, header: Header) -> float | None:
    """Bytes that the weights of a file take where they stay as they are; None for 16 bits and more.

    Their other weights take 16 bits.
    """
    if path.suffix == GGUF:
        return float(path.stat().st_size)
    if _EIGHT_BITS not in header.kinds.values():
        return None
    packed = (_EIGHT_BITS, "U8")
    return float(
        sum(
            count * (1 if header.kinds[name] in packed else 2)
            for name, count in header.tensors.items()
        )
    )


def _gguf_header(path: Path) -> Header:
    try:
        reader = import_module("gguf").GGUFReader(path)
    except ImportError as error:
        raise ExtraMissing(
            f"{path} is a GGUF file, and the package gguf isn't installed",
            f"Run `{adding('diffusion')}`.",
        ) from error
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise ModelUnreadable(f"{path} can't be used: {error}", "Fetch it again.") from error
    shapes = {each.name: tuple(int(side) for side in each.shape[::-1]) for each in reader.tensors}
    kinds = {each.name: each.tensor_type.name for each in reader.tensors}
    return Header(shapes, {}, kinds)


def compressed(kind: Any, path: Path, config: Path, part: str, precision: Any, prefix: str) -> Any:
    """A network of class `kind` with the weights of `path` as they are, computing in `precision`.

    config, part: folder of configurations, and the network's in it.
    prefix: of the tensors' names in some files.
    """
    library = import_module("diffusers")
    if path.suffix == GGUF:
        weights: Any = str(path)
        how = library.GGUFQuantizationConfig(compute_dtype=precision)
    else:
        weights = dict(_eight_bits(path, precision, prefix))
        how = library.quantizers.quantization_config.BFLQuantizationConfig(compute_dtype=precision)
    return kind.from_single_file(
        weights,
        config=str(config),
        subfolder=part,
        quantization_config=how,
        dtype=precision,
        local_files_only=True,
    )


def _eight_bits(file: Path, precision: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The tensors of a file, with a scale for each row of a matrix in 8 bits.

    What else is in 8 bits, such as a norm's weights, is made `precision`.
    """
    import torch
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:  # pyright: ignore
        names = set(opened.keys())
        for name in sorted(names):
            whole, _, kind = name.rpartition(".")
            if kind in ASIDE:
                continue
            tensor, plain = opened.get_tensor(name), name.removeprefix(prefix)
            if tensor.dtype == torch.uint8:  # nvfp4
                for each in ("weight_scale", "weight_scale_2", "input_scale"):
                    yield plain.replace(".weight", f".{each}"), opened.get_tensor(f"{whole}.{each}")
            elif tensor.dtype == torch.float8_e4m3fn and (tensor.ndim != 2 or kind != "weight"):
                tensor = tensor.to(precision)
            elif tensor.dtype == torch.float8_e4m3fn:
                scales = _scales(opened, names, whole)
                rows = torch.ones(len(tensor)) if scales is None else scales.flatten()
                yield f"{plain.rpartition('.')[0]}.weight_scale", rows.expand(len(tensor)).clone()
            yield plain, tensor


def scaled(opened: Any, names: set[str], name: str, tensor: Any) -> Any:
    """A weight in 8 bits times its scale: of the tensor, or of each row."""
    whole, _, kind = name.rpartition(".")
    scales = _scales(opened, names, whole) if kind == "weight" else None
    if scales is None:
        return tensor
    if scales.numel() == len(tensor) and scales.numel() > 1:  # one for each row
        scales = scales.reshape(-1, *[1] * (tensor.ndim - 1))
    return tensor.float() * scales


def _scales(opened: Any, names: set[str], whole: str) -> Any:
    """The scale or scales of the weight of a layer, in 32 bits; None without any."""
    scale = next((f"{whole}.{each}" for each in SCALES if f"{whole}.{each}" in names), "")
    return opened.get_tensor(scale).float() if scale else None


def shapes_of(header: Header, prefix: str) -> Mapping[str, tuple[int, ...]]:
    """Names and shapes of the weights themselves, as they are when they are computed with."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, shape in header.shapes.items():
        whole, _, kind = name.rpartition(".")
        if kind in ASIDE:
            continue
        if f"{whole}.weight_scale_2" in header.shapes:  # nvfp4: two in a byte
            shape = (*shape[:-1], 2 * shape[-1])
        shapes[name.removeprefix(prefix)] = shape
    return shapes
