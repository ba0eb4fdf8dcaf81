"""Nodes of another pack, linked into custom_nodes: pictures in all shapes, a look at values."""

import json
import time
from pathlib import Path
from typing import ClassVar

import comfy.lora
import comfy.model_management
import comfy.model_patcher
import comfy.sample
import comfy.samplers
import comfy.supported_models
import comfy.utils
import folder_paths
import numpy as np
import torch
from comfy.ldm.flux.model import FluxParams
from comfy.ldm.modules.attention import optimized_attention
from PIL import Image


def loaded(name: str) -> torch.Tensor:
    picture = Image.open(Path(folder_paths.get_input_directory()) / name).convert("RGB")
    picture.thumbnail((640, 640))
    return torch.from_numpy(np.asarray(picture, np.float32) / 255)


def shaped(picture: torch.Tensor, shape: str) -> torch.Tensor:
    if shape == "RGBA":
        alpha = torch.ones(*picture.shape[:2], 1)
        alpha[:20] = 0
        return torch.cat([picture, alpha], 2)
    if shape == "grey":
        return picture.mean(2, keepdim=True)
    if shape == "half":
        return picture.half()
    if shape == "beyond":
        return picture * 1.2 - 0.1
    if shape == "broken":
        return picture * float("nan")
    return picture


class ProbePictures:
    """Pictures of the input folder: as one batch, or as a list of batches of one."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("IMAGE", "MASK")
    OUTPUT_IS_LIST = (True, True)

    @classmethod
    def INPUT_TYPES(cls):
        shapes = ["RGB", "RGBA", "grey", "half", "beyond", "broken"]
        return {
            "required": {
                "names": ("STRING", {"multiline": True}),
                "shape": (shapes, {"default": "RGB"}),
                "size": ("INT", {"default": 0, "min": 0, "max": 1024}),
            }
        }

    def run(self, names, shape, size):
        pictures = [shaped(loaded(name), shape)[None] for name in names.split()]
        if size:
            grown = [picture.movedim(3, 1) for picture in pictures]
            fit = [torch.nn.functional.interpolate(each, (size, size)) for each in grown]
            pictures = [torch.cat([each.movedim(1, 3) for each in fit])]
        return pictures, [torch.ones(picture.shape[:3]) for picture in pictures]


class ProbeNumbers:
    """A list of numbers."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("INT",)
    OUTPUT_IS_LIST = (True,)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"numbers": ("STRING", {})}}

    def run(self, numbers):
        return ([int(number) for number in numbers.split()],)


class ProbeLook:
    """Shows what came along a link, as JSON."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True
    INPUT_IS_LIST = True

    @classmethod
    def INPUT_TYPES(cls):
        sockets = {
            "images": ("IMAGE",),
            "masks": ("MASK",),
            "text": ("STRING", {"forceInput": True}),
        }
        return {"required": {}, "optional": sockets}

    def run(self, images=(), masks=(), text=()):
        seen = {"images": list(map(self.told, images)), "masks": list(map(self.told, masks))}
        return {"ui": {"seen": [json.dumps({**seen, "text": list(text)})]}}

    @staticmethod
    def told(batch):
        return {
            "shape": list(batch.shape),
            "dtype": str(batch.dtype),
            "low": float(batch.min()),
            "high": float(batch.max()),
        }


class ProbePass:
    """Hands pictures on: at once, after a while that can be interrupted, or not at all."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("IMAGE", "INT")

    @classmethod
    def INPUT_TYPES(cls):
        how = ["plain", "briefly", "slow", "failing", "without memory"]
        return {"required": {"images": ("IMAGE",), "how": (how, {"default": "plain"})}}

    def run(self, images, how):
        if how == "failing":
            raise ValueError("this node is made to fail")
        if how == "without memory":
            raise comfy.model_management.OOM_EXCEPTION("Allocation on device")
        steps = {"briefly": 20, "slow": 4000}.get(how, 0)  # the slow one until it is stopped
        bar = comfy.utils.ProgressBar(max(steps, 1))
        for step in range(steps):
            comfy.model_management.throw_exception_if_processing_interrupted()
            bar.update_absolute(step, steps)
            time.sleep(0.05)
        return images, len(images)


class ProbeModel:
    """The tiny UNet of a checkpoint of one file; another pack's patch in it, or not.

    That of SDXL is told of sizes and text in as many numbers as ComfyUI's code has fixed, so that
    the layer that reads them is wider.
    """

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("MODEL",)
    SHAPE: ClassVar[dict] = {
        "image_size": 32,
        "in_channels": 4,
        "out_channels": 4,
        "model_channels": 32,
        "num_res_blocks": [2, 2, 2, 2],
        "channel_mult": [1, 2, 2, 2],
        "num_heads": 8,
        "num_head_channels": -1,
        "use_spatial_transformer": True,
        "transformer_depth": [1, 1, 1, 1, 1, 1, 0, 0],
        "transformer_depth_output": [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
        "transformer_depth_middle": 1,
        "context_dim": 32,
        "use_linear_in_transformer": False,
        "adm_in_channels": None,
        "use_temporal_attention": False,
        "legacy": False,
        "dtype": torch.float32,
    }
    XL: ClassVar[dict] = {
        **SHAPE,
        "num_res_blocks": [2, 2, 2],
        "channel_mult": [1, 2, 2],
        "transformer_depth": [0, 0, 1, 1, 2, 2],
        "transformer_depth_output": [0, 0, 0, 1, 1, 1, 2, 2, 2],
        "transformer_depth_middle": 2,
        "context_dim": 96,
        "use_linear_in_transformer": True,
        "num_classes": "sequential",
        "adm_in_channels": 6 * 256 + 64,
    }

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"file": ("STRING", {}), "patched": ("BOOLEAN", {"default": False})}}

    def run(self, file, patched):
        tensors = comfy.utils.load_torch_file(file)
        start = "model.diffusion_model."
        kept = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
        large = any(name.startswith("label_emb.") for name in kept)
        kind = comfy.supported_models.SDXL if large else comfy.supported_models.SD15
        config = kind(dict(self.XL if large else self.SHAPE))
        config.custom_operations = None
        model = config.get_model({}, "", device=torch.device("cpu"))
        if large:
            told = kept["label_emb.0.0.weight"]
            wide = torch.zeros(len(told), self.XL["adm_in_channels"])
            wide[:, : told.shape[1]] = told
            kept["label_emb.0.0.weight"] = wide
        model.diffusion_model.load_state_dict(kept)
        cpu = torch.device("cpu")
        model = comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu)
        if patched:
            model.set_model_attn2_replace(self.halved, "input", 1, 0)
        return (model,)

    @staticmethod
    def halved(q, k, v, extra):
        return 0.5 * optimized_attention(q, k, v, extra["n_heads"])


class ProbeNoModel:
    """What goes for a model until a node looks into it."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def run(self):
        return (object(),)


class ProbeSample:
    """Euler's rule along the given noise levels, from seeded noise and texts; shows the latents."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "levels": ("STRING", {})}}

    def run(self, model, levels):
        def random(seed, *shape):
            return torch.randn(shape, generator=torch.Generator().manual_seed(seed))

        latents = torch.zeros(1, 4, 8, 8)
        wide = model.model.model_config.unet_config["context_dim"]
        more = {"pooled_output": random(4, 1, 64)}
        made = comfy.sample.sample_custom(
            model,
            random(1, 1, 4, 8, 8),
            4.0,
            comfy.samplers.sampler_object("euler"),
            torch.tensor(json.loads(levels)),
            [[random(2, 1, 77, wide), dict(more)]],
            [[random(3, 1, 77, wide), dict(more)]],
            latents,
            disable_pbar=True,
        )
        return {"ui": {"made": [json.dumps(made.flatten().tolist())]}}


class ProbeFlux:
    """A tiny FLUX.2 as ComfyUI builds it; its weights are not set."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("MODEL",)
    SHAPE: ClassVar[dict] = {
        "image_model": "flux2",
        "in_channels": 16,
        "out_channels": 16,
        "vec_in_dim": None,
        "context_in_dim": 96,
        "hidden_size": 32,
        "mlp_ratio": 3.0,
        "num_heads": 2,
        "depth": 1,
        "depth_single_blocks": 2,
        "axes_dim": [4, 4, 4, 4],
        "theta": 2000,
        "patch_size": 1,
        "qkv_bias": False,
        "guidance_embed": False,
        "global_modulation": True,
        "mlp_silu_act": True,
        "ops_bias": False,
        "dtype": torch.float32,
    }

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def run(self):
        later = {"txt_ids_dims": [3]} if "txt_ids_dims" in FluxParams.__dataclass_fields__ else {}
        config = comfy.supported_models.Flux2({**self.SHAPE, **later})
        config.custom_operations = None
        cpu = torch.device("cpu")
        model = config.get_model({}, "", device=cpu)
        return (comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu),)


class ProbeChanges:
    """What a model's patches add to each of its weights, as JSON by the weights' names."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",)}}

    def run(self, model):
        state = model.model.state_dict()
        added = {
            name: comfy.lora.calculate_weight(patches, torch.zeros_like(state[name]), name).tolist()
            for name, patches in model.patches.items()
        }
        return {"ui": {"added": [json.dumps(added)]}}


class ProbeLatents:
    """A picture as latents an eighth as large, and an empty conditioning to hang them on."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("LATENT", "CONDITIONING")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"image": ("IMAGE",)}}

    def run(self, image):
        samples = torch.nn.functional.avg_pool2d(image.movedim(-1, 1), 8)
        return {"samples": samples}, [[torch.zeros(1, 1, 32), {}]]


class ProbeReferences:
    """Shows the reference latents of a conditioning, as JSON."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"conditioning": ("CONDITIONING",)}}

    def run(self, conditioning):
        held = conditioning[0][1]["reference_latents"]
        return {"ui": {"held": [json.dumps([each.tolist() for each in held])]}}


NODE_CLASS_MAPPINGS = {
    name: each for name, each in list(globals().items()) if name.startswith("Probe")
}
