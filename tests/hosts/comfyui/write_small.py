"""Writes tiny files under the real ones' names: `write_small.py FOLDER_OF_COMFYUI MODELS_FOLDER`.

ComfyUI's own classes are built at the sizes of small_sizes.json, with weights of chance, and saved
as ComfyUI saves: so the tensors are called as in the real files.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

engine, folder = Path(sys.argv[1]), Path(sys.argv[2])
sys.argv = ["main.py", "--cpu"]
import torch  # noqa: E402

if torch.version.cuda is None:  # see launch.py
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
here = Path(__file__).parent
sys.path[0] = str(engine)
os.chdir(engine)
import_module("comfy.options").enable_args_parsing()
sd, models = import_module("comfy.sd"), import_module("comfy.supported_models")
sys.path.append(str(here))
sizes: dict[str, Any] = import_module("small_sizes").SIZES
ops, patcher = import_module("comfy.ops").disable_weight_init, import_module("comfy.model_patcher")
save = import_module("comfy.utils").save_torch_file
CPU = torch.device("cpu")


def by_chance(network: Any, seed: int) -> Any:
    """`network` with weights of chance; ComfyUI leaves what it builds unset."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if weight.ndim > 1:
                weight.normal_(std=weight[0].numel() ** -0.5)
            else:
                weight.fill_(1.0 if name.endswith(("weight", "scale")) else 0.0)
        for name, buffer in network.named_buffers():
            if name.endswith("running_var"):
                buffer.fill_(1.0)
            elif name.endswith("running_mean"):
                buffer.fill_(0.0)
    return network


def place(kind: str, name: str) -> str:
    """The path of a model file."""
    (folder / kind / name).parent.mkdir(parents=True, exist_ok=True)
    return str(folder / kind / name)


def denoiser(config: Any, seed: int) -> Any:
    """A model as ComfyUI passes it on."""
    config.custom_operations = None
    model = by_chance(config.get_model({}, "", device=CPU), seed)
    return patcher.ModelPatcher(model, load_device=CPU, offload_device=CPU)


def autoencoder(channels: int, **more: Any) -> dict[str, Any]:
    """The tensors of an autoencoder with so many channels of latents."""
    config = {"double_z": True, "z_channels": channels, "resolution": 256, "in_channels": 3}
    config |= {"out_ch": 3, "ch": 128, "ch_mult": [1, 2, 4, 4], "num_res_blocks": 2}
    config |= {"attn_resolutions": [], "dropout": 0.0, **more}
    return by_chance(sd.AutoencoderKL(ddconfig=config, embed_dim=channels), 3).state_dict()


def sdxl() -> None:
    """A checkpoint with all, and the inpainting model alone."""
    config = models.SDXL(dict(sizes["sdxl"]))
    clip = sd.CLIP(config.clip_target({}), parameters=0)
    by_chance(clip.cond_stage_model, 2)
    vae = sd.VAE(sd=autoencoder(4))
    sd.save_checkpoint(
        place("checkpoints", "sd_xl_base_1.0.safetensors"), denoiser(config, 1), clip, vae
    )
    inpainting = denoiser(models.SDXL({**sizes["sdxl"], "in_channels": 9}), 4)
    name = "sd_xl_base_1.0_inpainting_0.1.safetensors"
    save(dict(inpainting.model.diffusion_model.state_dict()), place("diffusion_models", name))


def klein() -> None:
    """Denoiser, text encoder and autoencoder, each in a file of its own."""
    known = import_module("comfy.ldm.flux.model").FluxParams.__dataclass_fields__
    later = {"txt_ids_dims": [3]} if "txt_ids_dims" in known else {}  # newer than 0.3.75
    model = denoiser(models.Flux2({**sizes["flux2"], **later}), 5).model.diffusion_model
    save(dict(model.state_dict()), place("diffusion_models", "flux-2-klein-4b-fp8.safetensors"))
    llama = import_module("comfy.text_encoders.llama")
    text = by_chance(llama.Qwen3_4B(dict(sizes["text"]["qwen3_4b"]), torch.float32, CPU, ops), 6)
    halves = {name: each.half() for name, each in text.state_dict().items()}
    save(halves, place("text_encoders", "qwen_3_4b.safetensors"))
    tensors = autoencoder(32, batch_norm_latent=True)
    save(tensors, place("vae", "flux2-vae.safetensors"))


with torch.no_grad():
    sdxl()
    klein()
