"""One participant of the benchmark in a process of its own: reads task names, answers timings.

Run as `python worker.py MODULE FOLDER` with MODULE one of ours, dlib_peer and cutout_peer, whose
`tasks(folder)` gives by name a function that makes a task ready; that one returns the function to
time and how many photos or pictures a call of it handles. Needs the standard library alone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Run: TypeAlias = Callable[[], object]
Prepare: TypeAlias = Callable[[], tuple[Run, int]]


def peak_megabytes() -> float | None:
    """The most memory this process ever held, in MB (10^6 bytes); None where that is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def main() -> None:
    module, folder = sys.argv[1:]
    # What libraries print, in Python or in C, must not get among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    prepare: dict[str, Prepare] = importlib.import_module(module).tasks(Path(folder))
    ready: dict[str, tuple[Run, int]] = {}
    for line in sys.stdin:
        name = line.strip()
        answer: dict[str, object] = {"known": name in prepare}
        if name in prepare:
            if name not in ready:
                ready[name] = prepare[name]()
                ready[name][0]()  # once, so that every model is loaded and every cache is warm
            run, units = ready[name]
            start, used = time.perf_counter(), time.process_time()
            run()
            answer["seconds"] = (time.perf_counter() - start) / units
            answer["cpu_seconds"] = (time.process_time() - used) / units
        answer["peak"] = peak_megabytes()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
