"""Many machines: workers are Ray actors, which Ray places, and loses with their node.

One actor a device is kept until the run ends, with its weights loaded once. A person's photos and
pictures travel sealed and are opened in an actor's memory alone, so that nothing of theirs can be
read where Ray keeps or spills its objects. The key is agreed on with each actor and never travels;
that the other side is the actor, and nobody in between, Ray's own TLS sees to.
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
from .wire import made_from_bytes, made_to_bytes, task_from_bytes, task_to_bytes
from .work import Made, Task, work

# What a worker takes, in Ray's words: a core, and room for models and pictures; to paint also a
# card, and room for a diffusion model until it is on it (SDXL has 7 GB in 16 bits).
_STUDIO: Mapping[str, float] = {"CPU": 1, "memory": 2**30}
_PAINTING: Mapping[str, float] = {"CPU": 1, "GPU": 1, "memory": 8 * 2**30}
_LIVES = 2  # workers that die over one person, or one after the other before they began
_LOOK_SECONDS = 0.5
_STOP_SECONDS = 10.0
_KEY, _TASK, _MADE = "headshots batch key", "headshots batch task", "headshots batch result"


class Cluster:
    """The Ray cluster at `address`, or the one on this machine if it is "auto"; see `Engine`.

    Every node has this version of headshots with its weights.

    Args:
        paints: people need a diffusion model: workers go where cards are, if there are any.

    Raises:
        ExtraMissing: Ray isn't installed. ClusterLost: there is no such cluster.
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
        """For how many workers the nodes that are alive now have room, at least one."""
        nodes = (node["Resources"] for node in self._ray.nodes() if node["Alive"])
        return max(1, sum(map(self._room, nodes)))

    def run(self, tasks: Iterable[Task], check: Callable[[], Collection[str]]) -> Generator[Made]:
        """See `Engine.run`.

        Raises:
            ClusterLost: workers die before they begin.
        """
        people, unfit = _People(tasks), 0
        try:
            while True:
                given_up = check()
                people.drop(given_up)
                for worker in self.workers:
                    worker.stop_if(given_up)
                self._give_out(people)
                if not people.more() and not any(each.task is not None for each in self.workers):
                    return
                for worker in self._answering():
                    begun, task = worker.begun, worker.task
                    try:
                        made = worker.answer()
                        unfit = 0
                        if made is not None:
                            yield made
                    except self._ray.exceptions.RayError as error:
                        self._end(worker)
                        unfit += not begun
                        if unfit == _LIVES:
                            raise _not_beginning(error) from error
                        if task is None or task.folder in given_up or people.again(task):
                            continue
                        yield lost(task)
        finally:
            self._end(*self.workers)

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self._ray.shutdown()

    def _room(self, node: Mapping[str, float]) -> int:
        return int(min(node.get(what, 0) // some for what, some in self._needs.items()))

    def _give_out(self, people: _People) -> None:
        """A person to every worker that has none; further workers, for whom there is room."""
        for worker in self.workers:
            if worker.idle and (task := people.next()):
                worker.send(task)
        beginning = sum(not worker.begun for worker in self.workers)
        while people.more(beginning) and len(self.workers) < self.count:
            self.workers.append(Worker(self._ray, self._needs))
            beginning += 1

    def _answering(self) -> list[Worker]:
        """Those who have an answer, after a while at most."""
        asked = {each.asked: each for each in self.workers if each.asked is not None}
        done, _ = self._ray.wait(list(asked), timeout=_LOOK_SECONDS)
        return [asked[each] for each in done]

    def _end(self, *workers: Worker) -> None:
        """Whoever is being worked on is dropped."""
        for worker in workers:
            worker.stop()
        if stopping := [each.asked for each in workers if each.task is not None]:
            self._ray.wait(stopping, num_returns=len(stopping), timeout=_STOP_SECONDS)
        for worker in workers:
            self._ray.kill(worker.actor)
            self.workers.remove(worker)


class Worker:
    """An actor as the head sees it. task: whom it works on. asked: what Ray will answer."""

    def __init__(self, ray: Any, needs: Mapping[str, float]) -> None:
        self._ray, self._agreement, self._key = ray, Agreement(), b""
        options = {
            "num_cpus": needs["CPU"],
            "num_gpus": needs.get("GPU", 0),
            "memory": needs["memory"],
            "max_concurrency": 2,  # it hears that it shall stop while it works
        }
        self.actor = ray.remote(**options)(Hands).remote(int(needs["CPU"]))
        self.task: Task | None = None
        self.asked: Any = self.actor.greet.remote(self._agreement.public)

    @property
    def begun(self) -> bool:
        """Whether it is there, and a key agreed on."""
        return bool(self._key)

    @property
    def idle(self) -> bool:
        """Whether it waits for somebody to work on."""
        return self.asked is None

    def send(self, task: Task) -> None:
        """Have it work on somebody."""
        self.asked = self.actor.work.remote(seal(self._key, task_to_bytes(task), _TASK))
        self.task = task

    def answer(self) -> Made | None:
        """What came of whom it worked on; None if they were dropped, or it has just begun.

        Raises:
            RayError: it died. ClusterLost: it is of another version.
        """
        answer, begun = self._ray.get(self.asked), self.begun
        self.asked = self.task = None
        if begun:
            return made_from_bytes(unseal(self._key, answer, _MADE)) if answer else None
        version, public = answer
        if version != __version__:
            raise ClusterLost(
                f"A node of the cluster has headshots {version}, and here it is {__version__}",
                "Install the same version everywhere.",
            )
        self._key = self._agreement.key(public, _KEY)
        return None

    def stop(self) -> None:
        """Have it drop whom it works on."""
        if self.task is not None:
            self.actor.stop.remote()

    def stop_if(self, given_up: Collection[str]) -> None:
        """The same, if they are among those who are given up."""
        if self.task is not None and self.task.folder in given_up:
            self.stop()


class Hands:
    """In the actor's process: works on one person after the other, with its models loaded."""

    def __init__(self, threads: int) -> None:
        os.environ.setdefault("HEADSHOTS_THREADS", str(threads))
        vault_elsewhere()
        read_apart([DECODING])
        self._stopping, self._key = Event(), b""

    def greet(self, other: bytes) -> tuple[str, bytes]:
        """Our version, and our side of the key that is agreed on with the other's."""
        agreement = Agreement()
        self._key = agreement.key(other, _KEY)
        return __version__, agreement.public

    def work(self, sealed: bytes) -> bytes:
        """What came of the person, sealed; nothing where they were dropped."""
        self._stopping.clear()
        task = task_from_bytes(unseal(self._key, sealed, _TASK))
        try:
            return seal(self._key, made_to_bytes(work(task, self._stopping.is_set)), _MADE)
        except Cancelled:
            return b""

    def stop(self) -> None:
        """Drop the person at work."""
        self._stopping.set()


class _People:
    """Those who are to be worked on, taken one by one."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._left, self._next = iter(tasks), deque[Task]()
        self._died = Counter[str]()

    def next(self) -> Task | None:
        return self._next.popleft() if self.more() else None

    def more(self, than: int = 0) -> bool:
        """Whether more than so many wait."""
        while len(self._next) <= than and (task := next(self._left, None)):
            self._next.append(task)
        return len(self._next) > than

    def drop(self, folders: Collection[str]) -> None:
        self._next = deque(each for each in self._next if each.folder not in folders)

    def again(self, task: Task) -> bool:
        """Have somebody worked on again, whose worker died; False if it has happened too often."""
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
        f"Workers of the cluster die before they begin ({type(error).__name__})",
        "Install this version of headshots with its weights on every node.",
    )


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would go on asking."""
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
