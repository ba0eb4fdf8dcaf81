"""Many machines: people as tasks of a Ray cluster, which places, feeds and repeats them.

A person's photos and pictures travel sealed and are opened in a worker's memory alone, so that
nothing of theirs can be read where Ray keeps or spills its objects. The key travels with the order
itself; Ray's own TLS guards that against whoever listens on the network.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..errors import ClusterLost, ExtraMissing
from ..vault.sealing import new_key, seal, unseal
from .engine import lost
from .wire import made_from_bytes, made_to_bytes, task_from_bytes, task_to_bytes
from .work import Made, Task, work

# What a person takes at a worker: one core, and room for its models and pictures.
_CORES, _MEMORY = 1, 2**30
_RETRIES = 3  # of a person whose worker was lost
_AHEAD = 2  # people sent ahead for each core, so that none waits for the head
_LOOK_SECONDS = 0.5
_TASK, _MADE = "headshots batch task", "headshots batch result"


class Cluster:
    """The Ray cluster at `address`, or the one on this machine if it is "auto"; see `Engine`.

    Every node has this version of headshots with its weights.

    Raises:
        ExtraMissing: Ray isn't installed. ClusterLost: there is no such cluster.
    """

    def __init__(self, address: str) -> None:
        self._ray = _ray()
        try:
            _knock(address)
            self._ray.init(address=address, log_to_driver=False, logging_level="error")
        except (OSError, ValueError, RuntimeError) as error:
            raise ClusterLost(
                f"No Ray cluster answers at {address!r}",
                "Start one with `ray start --head`, and name its address.",
            ) from error
        self.count = max(1, int(self._ray.cluster_resources().get("CPU", 1)) // _CORES)

    def run(self, tasks: Iterable[Task], check: Callable[[], None]) -> Generator[Made]:
        """See `Engine.run`."""
        ray, key, waiting = self._ray, new_key(), iter(tasks)
        remote: Any = ray.remote(
            num_cpus=_CORES, memory=_MEMORY, max_retries=_RETRIES, retry_exceptions=False
        )(_work)
        running: dict[Any, Task] = {}
        try:
            while True:
                while len(running) < _AHEAD * self.count and (task := next(waiting, None)):
                    running[remote.remote(key, _sealed(key, task))] = _bare(task)
                if not running:
                    return
                check()
                done, _ = ray.wait(list(running), timeout=_LOOK_SECONDS)
                for future in done:
                    task = running.pop(future)
                    try:
                        yield made_from_bytes(unseal(key, ray.get(future), _MADE))
                    except ray.exceptions.RayError:
                        yield lost(task)
        finally:
            for future in running:
                ray.cancel(future, force=True)

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self._ray.shutdown()


@contextmanager
def cluster(address: str) -> Generator[Cluster]:
    """A cluster while the block runs; raises as `Cluster`."""
    joined = Cluster(address)
    try:
        yield joined
    finally:
        joined.close()


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would go on asking."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()


def _ray() -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell its makers
    try:
        import ray
    except ImportError:
        raise ExtraMissing(
            "A cluster needs Ray, which isn't installed", 'Run `pip install "headshots[cluster]"`.'
        ) from None
    return ray


def _sealed(key: bytes, task: Task) -> bytes:
    return seal(key, task_to_bytes(task), _TASK)


def _bare(task: Task) -> Task:
    return replace(task, photos=())


def _work(key: bytes, sealed: bytes) -> bytes:
    """In a worker, which Ray keeps for the next person with its models loaded."""
    os.environ.setdefault("HEADSHOTS_THREADS", str(_CORES))
    made = work(task_from_bytes(unseal(key, sealed, _TASK)))
    return seal(key, made_to_bytes(made), _MADE)
