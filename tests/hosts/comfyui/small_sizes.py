"""A pack for tests: ComfyUI's own loaders read tiny files, which have the real ones' names.

ComfyUI tells most sizes of a network by its tensors; what it has fixed is made small here. It also
holds nodes that stand in for two packs: they take what those take, and hold no model to anybody.
"""

import json
from pathlib import Path

import comfy.controlnet
import comfy.ldm.modules.diffusionmodules.model as autoencoder
import comfy.model_detection
import comfy.sd
import comfy.sd1_clip
import comfy.supported_models
import comfy.text_encoders.qwen_vl as qwen_vl
import comfy.text_encoders.z_image as z_image
import comfy.utils
import folder_paths
import torch

SIZES = json.loads(Path(__file__).resolve().with_name("small_sizes.json").read_text())


def text_encoders():
    """Widths and layers, by the names that ComfyUI gives the encoders."""
    begin = comfy.sd1_clip.SDClipModel.__init__

    def small(self, *args, model_options={}, **more):  # noqa: B006  as there
        name = model_options.get("model_name", "clip_l")
        sizes = {f"{name}_model_config": SIZES["text"].get(name, {})}
        begin(self, *args, model_options={**model_options, **sizes}, **more)

    comfy.sd1_clip.SDClipModel.__init__ = small
    tower = qwen_vl.Qwen2VLVisionTransformer

    def small_tower(hidden_size, output_hidden_size, **more):
        return tower(output_hidden_size=output_hidden_size, **SIZES["vision"], **more)

    qwen_vl.Qwen2VLVisionTransformer = small_tower
    detect = comfy.sd.detect_te_model

    def detected(tensors):
        # Told by a width there.
        if any(name.startswith("visual.") for name in tensors):
            return comfy.sd.TEModel.QWEN25_7B
        return detect(tensors)

    comfy.sd.detect_te_model = detected


def klein_text_encoder():
    """FLUX.2 klein reads three layers of Qwen3, which ComfyUI knows since 0.9.2.

    An engine before that gives one layer; it stands here for all three.
    """
    import comfy.text_encoders.flux as flux

    if hasattr(flux, "KleinTokenizer"):
        return
    encode = z_image.ZImageTEModel.encode_token_weights

    def three(self, tokens):
        read, *rest = encode(self, tokens)
        return (torch.cat([read] * 3, -1), *rest)

    z_image.ZImageTEModel.encode_token_weights = three


def autoencoders():
    """Channels of Stable Diffusion's and FLUX's; Qwen's tells its own."""
    for part in (autoencoder.Encoder, autoencoder.Decoder):
        begin = part.__init__

        def small(self, *, ch_mult, begin=begin, **more):
            more |= {"ch": 32, "num_res_blocks": 1}
            begin(self, ch_mult=[1] * len(ch_mult), **more)

        part.__init__ = small
    encode = comfy.sd.VAE.encode

    def fewer_pixels(self, pixels):
        """Qwen's encoder node makes a megapixel of every picture: half a minute of a processor."""
        if pixels.shape[1] * pixels.shape[2] < 500_000:
            return encode(self, pixels)
        small = torch.nn.functional.avg_pool2d(pixels.movedim(-1, 1), 8)
        return encode(self, small.movedim(1, -1))

    comfy.sd.VAE.encode = fewer_pixels


def denoisers():
    """Stable Diffusion XL, told by its sizes, and the heads of the two transformers."""
    comfy.supported_models.SDXL.unet_config = {
        **comfy.supported_models.SDXL.unet_config,
        **{name: SIZES["sdxl"][name] for name in comfy.supported_models.SDXL.unet_config},
    }
    detect = comfy.model_detection.detect_unet_config

    def small(tensors, prefix, metadata=None):
        config = detect(tensors, prefix, metadata=metadata)
        kind = (config or {}).get("image_model")
        if kind == "flux2":  # as ComfyUI does since 0.9.2
            config["num_heads"] = config["hidden_size"] // sum(config["axes_dim"])
        if kind == "qwen_image":
            config |= SIZES["qwen_image"]
        return config

    comfy.model_detection.detect_unet_config = small


text_encoders()
klein_text_encoder()
autoencoders()
denoisers()


class UnetLoaderGGUF:
    """Stands in for ComfyUI-GGUF's: reads the safetensors file that has the other name here."""

    CATEGORY = "stand-in"
    FUNCTION = "load"
    RETURN_TYPES = ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        folder = Path(folder_paths.models_dir) / "unet"
        return {"required": {"unet_name": (sorted(each.name for each in folder.glob("*.gguf")),)}}

    def load(self, unet_name):
        file = Path(folder_paths.models_dir) / "unet" / unet_name
        tensors = comfy.utils.load_torch_file(str(file.with_suffix(".safetensors")))
        return (comfy.sd.load_diffusion_model_state_dict(tensors),)


class InstantIDModelLoader:
    """Stands in for ComfyUI_InstantID's."""

    CATEGORY = "stand-in"
    FUNCTION = "load"
    RETURN_TYPES = ("INSTANTID",)

    @classmethod
    def INPUT_TYPES(cls):
        folder = Path(folder_paths.models_dir) / "instantid"
        return {"required": {"instantid_file": (sorted(each.name for each in folder.glob("*")),)}}

    def load(self, instantid_file):
        return (instantid_file,)


class InstantIDFaceAnalysis:
    """Stands in for ComfyUI_InstantID's."""

    CATEGORY = "stand-in"
    FUNCTION = "load"
    RETURN_TYPES = ("FACEANALYSIS",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"provider": (["CPU", "CUDA", "ROCM"],)}}

    def load(self, provider):
        return (provider,)


class ApplyInstantID:
    """Stands in for ComfyUI_InstantID's: hands on what it is given."""

    CATEGORY = "stand-in"
    FUNCTION = "apply"
    RETURN_TYPES = ("MODEL", "CONDITIONING", "CONDITIONING")
    RETURN_NAMES = ("MODEL", "positive", "negative")

    @classmethod
    def INPUT_TYPES(cls):
        def share(default, most=1.0):
            return ("FLOAT", {"default": default, "min": 0.0, "max": most, "step": 0.001})

        return {
            "required": {
                "instantid": ("INSTANTID",),
                "insightface": ("FACEANALYSIS",),
                "control_net": ("CONTROL_NET",),
                "image": ("IMAGE",),
                "model": ("MODEL",),
                "positive": ("CONDITIONING",),
                "negative": ("CONDITIONING",),
                "weight": share(0.8, 5.0),
                "start_at": share(0.0),
                "end_at": share(1.0),
            },
            "optional": {"image_kps": ("IMAGE",), "mask": ("MASK",)},
        }

    def apply(self, model, positive, negative, image, image_kps=None, **others):
        assert image.ndim == 4 and (image_kps is None or image_kps.ndim == 4)
        return model, positive, negative


# ComfyUI's own loader would ask for a network of InstantID's size.
comfy.controlnet.load_controlnet = lambda file, *args, **more: file

STAND_INS = (UnetLoaderGGUF, InstantIDModelLoader, InstantIDFaceAnalysis, ApplyInstantID)
NODE_CLASS_MAPPINGS = {each.__name__: each for each in STAND_INS}
