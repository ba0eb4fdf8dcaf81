"""The engine for many machines: workers are Ray actors; Ray places them on nodes.

One actor per device is kept until the run ends, with its weights loaded once. A person's photos and
pictures are sent encrypted and decrypted only in an actor's memory, so that they can't be read
where Ray keeps or spills its objects. The key is agreed on with each actor and never sent. Ray's
own TLS must ensure that the other side is the actor.
"""

from __future__ import annotations

import os
import socket
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from ... import __version__
from ..errors import Cancelled, ClusterLost, ExtraMissing
from ..installation import adding
from ..isolation import read_apart
from ..photos import DECODING
from ..vault import vault_elsewhere
from ..vault.sealing import Agreement, seal, unseal
from .engine import lost
from .wire import result_from_bytes, result_to_bytes, task_from_bytes, task_to_bytes
from .work import Task, WorkResult, work

# The resources of a worker, by Ray's names: a core, and memory for models and pictures. Painting
# also needs a GPU, and memory for a diffusion model until it is on the GPU (SDXL: 7 GB in 16 bits).
_STUDIO: Mapping[str, float] = {"CPU": 1, "memory": 2**30}
_PAINTING: Mapping[str, float] = {"CPU": 1, "GPU": 1, "memory": 8 * 2**30}
_LIVES = 2  # workers that may die over one person, or one after the other before they start
_LOOK_SECONDS = 0.5
_STOP_SECONDS = 10.0
_KEY, _TASK, _MADE = "headshots batch key", "headshots batch task", "headshots batch result"


class Cluster:
    """The Ray cluster at `address`, or the one on this machine if it is "auto"; see `Engine`.

    Every node needs this version of headshots with its weights.

    Args:
        paints: the recipe needs a diffusion model: workers are placed on nodes with GPUs, if any.

    Raises:
        ExtraMissing: Ray isn't installed.
        ClusterLost: there is no such cluster.
    """

    def __init__(self, address: str, *, paints: bool = False) -> None:
        self._ray = _ray()
        try:
            _knock(address)
            self._ray.init(address=address, log_to_driver=False, logging_level="error")
        except (OSError, ValueError, RuntimeError) as error:
            raise ClusterLost(
                f"No Ray cluster answers at {address!r}",
                "Start one with `ray start --head`, and name its address.",
            ) from error
        cards = self._ray.cluster_resources().get("GPU", 0)
        self._needs = _PAINTING if paints and cards else _STUDIO
        self.workers: list[Worker] = []

    @property
    def count(self) -> int:
        """How many workers fit on the nodes that are alive now, at least one."""
        nodes = (node["Resources"] for node in self._ray.nodes() if node["Alive"])
        return max(1, sum(map(self._room, nodes)))

    def run(
        self, tasks: Iterable[Task], check: Callable[[], Collection[str]]
    ) -> Generator[WorkResult]:
        """See `Engine.run`.

        Raises:
            ClusterLost: workers die before they start.
        """
        people, unfit = _People(tasks), 0
        try:
            while True:
                dropped = check()
                people.drop(dropped)
                for worker in self.workers:
                    worker.stop_if(dropped)
                self._give_out(people)
                if not people.more() and not any(each.task is not None for each in self.workers):
                    return
                for worker in self._answering():
                    begun, task = worker.begun, worker.task
                    try:
                        result = worker.answer()
                        unfit = 0
                        if result is not None:
                            yield result
                    except self._ray.exceptions.RayError as error:
                        self._end(worker)
                        unfit += not begun
                        if unfit == _LIVES:
                            raise _not_beginning(error) from error
                        if task is None or task.folder in dropped or people.again(task):
                            continue
                        yield lost(task)
        finally:
            self._end(*self.workers)

    def close(self) -> None:
        """Leave the cluster; it continues without us."""
        self._ray.shutdown()

    def _room(self, node: Mapping[str, float]) -> int:
        return int(min(node.get(what, 0) // some for what, some in self._needs.items()))

    def _give_out(self, people: _People) -> None:
        """Send a person to every idle worker; start more workers where there is room."""
        for worker in self.workers:
            if worker.idle and (task := people.next()):
                worker.send(task)
        beginning = sum(not worker.begun for worker in self.workers)
        while people.more(beginning) and len(self.workers) < self.count:
            self.workers.append(Worker(self._ray, self._needs))
            beginning += 1

    def _answering(self) -> list[Worker]:
        """The workers that have an answer; waits for a moment at most."""
        pending = {each.pending: each for each in self.workers if each.pending is not None}
        ready, _ = self._ray.wait(list(pending), timeout=_LOOK_SECONDS)
        return [pending[each] for each in ready]

    def _end(self, *workers: Worker) -> None:
        """End workers; the people they work on are dropped."""
        for worker in workers:
            worker.stop()
        if stopping := [each.pending for each in workers if each.task is not None]:
            self._ray.wait(stopping, num_returns=len(stopping), timeout=_STOP_SECONDS)
        for worker in workers:
            self._ray.kill(worker.actor)
            self.workers.remove(worker)


class Worker:
    """An actor as the head process sees it.

    task: the person it works on.
    pending: Ray's reference to its next answer.
    """

    def __init__(self, ray: Any, needs: Mapping[str, float]) -> None:
        self._ray, self._agreement, self._key = ray, Agreement(), b""
        options = {
            "num_cpus": needs["CPU"],
            "num_gpus": needs.get("GPU", 0),
            "memory": needs["memory"],
            "max_concurrency": 2,  # so that `stop` is received while it works
        }
        self.actor = ray.remote(**options)(RemoteWorker).remote(int(needs["CPU"]))
        self.task: Task | None = None
        self.pending: Any = self.actor.greet.remote(self._agreement.public)

    @property
    def begun(self) -> bool:
        """Whether it has started and a key was agreed on."""
        return bool(self._key)

    @property
    def idle(self) -> bool:
        """Whether it waits for a person."""
        return self.pending is None

    def send(self, task: Task) -> None:
        """Start work on a person."""
        self.pending = self.actor.work.remote(seal(self._key, task_to_bytes(task), _TASK))
        self.task = task

    def answer(self) -> WorkResult | None:
        """The result of its person; None if they were dropped, or it has just started.

        Raises:
            RayError: the worker died.
            ClusterLost: it has another version of headshots.
        """
        answer, begun = self._ray.get(self.pending), self.begun
        self.pending = self.task = None
        if begun:
            return result_from_bytes(unseal(self._key, answer, _MADE)) if answer else None
        version, public = answer
        if version != __version__:
            raise ClusterLost(
                f"A node of the cluster has headshots {version}, and here it is {__version__}",
                "Install the same version everywhere.",
            )
        self._key = self._agreement.key(public, _KEY)
        return None

    def stop(self) -> None:
        """Drop the person it works on."""
        if self.task is not None:
            self.actor.stop.remote()

    def stop_if(self, dropped: Collection[str]) -> None:
        """Drop the person it works on if they are among `dropped`."""
        if self.task is not None and self.task.folder in dropped:
            self.stop()


class RemoteWorker:
    """The actor: works on one person after the other in its process, with its models loaded."""

    def __init__(self, threads: int) -> None:
        os.environ.setdefault("HEADSHOTS_THREADS", str(threads))
        vault_elsewhere()
        read_apart([DECODING])
        self._stopping, self._key = Event(), b""

    def greet(self, other: bytes) -> tuple[str, bytes]:
        """Our version, and our public half of the key agreement."""
        agreement = Agreement()
        self._key = agreement.key(other, _KEY)
        return __version__, agreement.public

    def work(self, sealed: bytes) -> bytes:
        """The person's result, sealed; empty where they were dropped."""
        self._stopping.clear()
        task = task_from_bytes(unseal(self._key, sealed, _TASK))
        try:
            return seal(self._key, result_to_bytes(work(task, self._stopping.is_set)), _MADE)
        except Cancelled:
            return b""

    def stop(self) -> None:
        """Drop the present person."""
        self._stopping.set()


class _People:
    """The queue of people, read one by one."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._source, self._next = iter(tasks), deque[Task]()
        self._died = Counter[str]()

    def next(self) -> Task | None:
        return self._next.popleft() if self.more() else None

    def more(self, than: int = 0) -> bool:
        """Whether more than `than` people wait."""
        while len(self._next) <= than and (task := next(self._source, None)):
            self._next.append(task)
        return len(self._next) > than

    def drop(self, folders: Collection[str]) -> None:
        self._next = deque(each for each in self._next if each.folder not in folders)

    def again(self, task: Task) -> bool:
        """Queue a person again whose worker died; False if it has happened too often."""
        self._died[task.folder] += 1
        if fit := self._died[task.folder] < _LIVES:
            self._next.appendleft(task)
        return fit


@contextmanager
def cluster(address: str, *, paints: bool = False) -> Generator[Cluster]:
    """A cluster while the block runs; raises as `Cluster`."""
    joined = Cluster(address, paints=paints)
    try:
        yield joined
    finally:
        joined.close()


def _not_beginning(error: Exception) -> ClusterLost:
    return ClusterLost(
        f"Workers of the cluster die before they start ({type(error).__name__})",
        "Install this version of headshots with its weights on every node.",
    )


def _knock(address: str) -> None:
    """Raise OSError where nothing listens: Ray itself would retry for long."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise ExtraMissing(
            "A cluster needs Ray, which isn't installed", f"Run `{adding('cluster')}`."
        ) from None
    return ray
