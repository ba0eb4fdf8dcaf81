"""A random TAESD decoder in the layout in which its author publishes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny
from safetensors.torch import save_file


def taesd(file: Path, seed: int = 0) -> Any:
    """The decoder in `file` (.safetensors or .pth); gives diffusers' network that it is of."""
    torch.manual_seed(seed)
    network = AutoencoderTiny().eval()
    # A layer that bounds the latents comes first, which diffusers doesn't count.
    decoder = {
        f"{int(number) + 1}.{rest}": weight.contiguous()
        for number, rest, weight in (
            (*name.removeprefix("decoder.layers.").split(".", 1), weight)
            for name, weight in network.state_dict().items()
            if name.startswith("decoder.layers.")
        )
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".pth":
        torch.save(decoder, file)
    else:
        save_file(decoder, file)
    return network
