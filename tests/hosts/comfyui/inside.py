"""Loads the pack in a ComfyUI without a server: `inside.py FOLDER_OF_COMFYUI BASE NAME`.

Prints, as JSON, the seconds and CPU seconds that it took, which modules came in, and what of the
modules that were there before was changed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
import warnings
from importlib import import_module
from types import ModuleType
from typing import Any

engine, base, name = sys.argv[1:]
sys.argv = ["main.py", "--cpu", "--base-directory", base, "--disable-api-nodes"]
import torch  # noqa: E402

if torch.version.cuda is None:  # see launch.py
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
sys.path[0] = engine
os.chdir(engine)
import_module("comfy.options").enable_args_parsing()
import_module("utils.extra_config")  # claims the name before nodes.py puts comfy/ on the path
nodes = import_module("nodes")
import_module("server")


def state() -> dict[str, Any]:
    """What a pack must leave alone: every module's attributes, and the settings of all."""
    attributes = {
        f"{module}.{attribute}": id(value)
        for module, loaded in list(sys.modules.items())
        for attribute, value in list(getattr(loaded, "__dict__", {}).items())
        if not isinstance(value, ModuleType) and not attribute.startswith("__")
    }
    settings = {
        "logging": (
            logging.root.level,
            logging.root.manager.disable,
            *map(id, logging.root.handlers),
        ),
        "warnings": repr(warnings.filters),
        "sys.path": list(sys.path),
        **{f"os.environ {name}": value for name, value in os.environ.items()},
        "threads": torch.get_num_threads(),
        "hooks": (id(sys.excepthook), id(sys.displayhook), len(sys.meta_path), len(sys.path_hooks)),
    }
    return {**attributes, **settings}


async def load() -> dict[str, Any]:
    await nodes.init_builtin_extra_nodes()
    loaded, before = set(sys.modules), state()
    wall, cpu = time.perf_counter(), time.process_time()
    good = await nodes.load_custom_node(
        f"{base}/custom_nodes/{name}", set(nodes.NODE_CLASS_MAPPINGS)
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = state()
    return {
        "good": good,
        "seconds": wall,
        "cpu": cpu,
        "modules": sorted(set(sys.modules) - loaded),
        "changed": sorted(key for key in before if key in after and before[key] != after[key]),
    }


sys.stdout.write("\n" + json.dumps(asyncio.run(load())) + "\n")
