"""What each package beside us does when it is imported and used: connections, and files.

    .venv/bin/python -m tests.packages [NAME...]

prints what the table in docs/privacy.md tells. Nothing is switched off here as headshots does it,
and nothing gets out: each runs with no network but loopback, and with empty folders for its user.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from headshots import TELEMETRY_OFF
from headshots.core.weights.store import weight_path

from .tracing import Trace, trace_of

# Those that tell by themselves do so after a while.
_WAIT = "import time; time.sleep(20)"
_PICTURE = "import numpy; picture = numpy.full((64, 64, 3), 0.5); "
_LITERT = (
    "from ai_edge_litert.interpreter import Interpreter; "
    f"it = Interpreter(model_path={str(weight_path('mobilefacenet'))!r}); "
    "it.allocate_tensors(); it.invoke()"
)
_NCNN = f"import ncnn; ncnn.Net().load_param({str(weight_path('span-x4-param'))!r})"
_TOKENS = "from diffusers import UNet2DConditionModel; from transformers import CLIPTextModel"
_RAY = "import ray; ray.init(num_cpus=1, include_dashboard=False); ray.shutdown()"

_SHOWN = 4  # of the files that were left
# Of all networks loopback alone, then the command that follows.
_LOOPBACK = (
    "import fcntl, os, socket, struct, sys\n"
    "up = struct.pack('16sH14x', b'lo', 1)\n"
    "fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, up)  # SIOCSIFFLAGS\n"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)

# By distribution: what is run, in one line.
PROGRAMS = {
    "ai-edge-litert": _LITERT,
    "c2pa-python": "import c2pa; c2pa.Builder({'assertions': []})",
    "cryptography": "from cryptography.hazmat.primitives.asymmetric import ed25519",
    "jinja2": "import jinja2; jinja2.Template('a').render()",
    "keyring": "import keyring; keyring.get_keyring()",
    "ncnn": _NCNN,
    "numba": "import numba; numba.set_num_threads(1)",
    "numpy": "import numpy; numpy.linalg.inv(numpy.eye(3))",
    "onnxruntime": f"import onnxruntime; {_WAIT}",
    "opencv-python-headless": f"{_PICTURE} import cv2; cv2.resize(picture, (32, 32))",
    "passport-photo-specs": "import passport_photo_specs; passport_photo_specs.countries()",
    "pillow": "import PIL.Image; PIL.Image.new('RGB', (8, 8)).resize((4, 4))",
    "platformdirs": "import platformdirs; platformdirs.user_data_path('a')",
    "psd-tools": "import psd_tools; psd_tools.PSDImage.new('RGB', (8, 8))",
    "pydantic-settings": "import pydantic_settings; pydantic_settings.BaseSettings()",
    "pymatting": f"{_PICTURE} from pymatting import estimate_foreground_ml; "
    "estimate_foreground_ml(picture, picture[..., 0])",
    "scipy": "import scipy.ndimage, scipy.optimize",
    "tifffile": "import tifffile",
    "typer": "import typer, typer.testing",
    "rich": "import rich.console; rich.console.Console().print('a')",
    "fastapi": "import fastapi; fastapi.FastAPI().openapi()",
    "uvicorn": "import uvicorn; uvicorn.Config('a', log_config=None)",
    "sse-starlette": "import sse_starlette",
    "starlette": "import starlette.applications; starlette.applications.Starlette()",
    "filelock": "import filelock",
    "rawpy": "import rawpy",
    "pillow-heif": "import pillow_heif; pillow_heif.register_heif_opener()",
    "torch": "import torch; torch.nn.Linear(2, 2)(torch.zeros(1, 2))",
    "diffusers": f"{_TOKENS}; {_WAIT}",
    "transformers": f"from transformers import CLIPTextConfig, CLIPTextModel; {_WAIT}",
    "accelerate": "import accelerate; accelerate.init_empty_weights()",
    "peft": "import peft; peft.LoraConfig()",
    "safetensors": "import safetensors.numpy",
    "huggingface_hub": f"import huggingface_hub as hub; hub.HfApi(); {_WAIT}",
    "onnx": "import onnx",
    "gguf": "import gguf",
    "psutil": "import psutil; psutil.virtual_memory()",
    "pyyaml": "import yaml; yaml.safe_load('a: 1')",
    "ray": _RAY,
    "requests": "import requests; requests.Session()",
    "httpx": "import httpx; httpx.Client()",
    "websockets": "import websockets.sync.client",
}


def observed(name: str) -> tuple[Trace, list[str], list[str]]:
    """What the program of a package did, what it left in its user's folders, and what it wrote
    elsewhere.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        own = {"HOME": "home", "TMPDIR": "tmp", "XDG_RUNTIME_DIR": "session"}
        for each in own.values():
            (folder / each).mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = kept | {name: str(folder / each) for name, each in own.items()}
        assert not environment.keys() & TELEMETRY_OFF.keys()
        command = [sys.executable, "-W", "ignore", "-c", PROGRAMS[name]]
        around = ["unshare", "--net", sys.executable, "-c", _LOOPBACK]
        file = folder / "trace"
        trace = trace_of(command, file, folder=folder, environment=environment, around=around)
        left = [path for each in own.values() for path in (folder / each).rglob("*")]
        files = sorted(str(path.relative_to(folder)) for path in left if path.is_file())
        more = [f"and {len(files) - _SHOWN} more"] if len(files) > _SHOWN else []
        return trace, files[:_SHOWN] + more, sorted(_elsewhere(trace, folder))


def _elsewhere(trace: Trace, folder: Path) -> Iterator[str]:
    for path in trace.written:
        if not path.is_relative_to(folder) and not path.is_relative_to("/dev/null"):
            if "__pycache__" not in path.parts:
                yield str(path)
            elif ".nb" in path.name:
                yield "what Numba compiled, beside its source"


def table(names: Iterable[str]) -> Iterator[str]:
    """The rows, as Markdown."""
    yield "| Package | Sockets | Addresses | Left in its user's folders | Written elsewhere |"
    yield "|---|---|---|---|---|"
    for name in names:
        trace, left, elsewhere = observed(name)
        facts = (sorted(trace.families), sorted(trace.addresses), left, sorted(set(elsewhere)))
        yield f"| {name} {metadata.version(name)} | {' | '.join(map(', '.join, facts))} |"


if __name__ == "__main__":
    for row in table(sys.argv[1:] or PROGRAMS):
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
