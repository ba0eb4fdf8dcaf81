"""`headshots serve`: one server per user; a file that only that user may read says where it is."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout

from ... import __version__
from ..errors import PortTaken, ServerRunning, StorageFailed
from ..files import discard_parts, write_whole
from ..settings import settings
from .app import make_app
from .limits import Limits
from .protocol import protocol
from .state import ServerState

FILE, PAGE, LOCK, WORK = "server.json", "page.html", "server.lock", "work.json"
_LEADING = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={0}">
<title>headshots</title>
<a href="{0}">headshots</a>
"""
_IDLE_LOOK_SECONDS, _NOTE_SECONDS = 0.5, 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    port: int = 0,
    idle_exit: float | None = None,
    limits: Limits | None = None,
    started: Callable[[str, Path], None] = lambda page, file: None,
) -> None:
    """Serve on loopback until stopped, or for `idle_exit` seconds after the last work.

    In the runtime folder, server.json holds url, port, token, pid and version, and page.html
    redirects a browser to the page, token included: every user of a machine can read the arguments
    of a program, but not a file of mode 0600. Both are removed when the server ends. work.json
    holds how many jobs aren't done, and nothing of them; it stays where they never will be, so that
    the next server says so.

    Args:
        port: to listen on; 0 takes a free one.
        idle_exit: seconds; None: no limit.
        limits: default: `Limits()`.
        started: called with the address of the page, token included, and with page.html.

    Raises:
        ServerRunning: a server of this user runs already.
        PortTaken: another program listens on `port`.
        StorageFailed: the runtime folder can't be written.
    """
    limits = limits or Limits()
    folder = runtime_folder()
    with _only_one(folder), _listening(port) as listener:
        state = ServerState.fresh(limits)
        state.lost = _lost(folder / WORK)
        token = secrets.token_urlsafe(32)
        port = listener.getsockname()[1]
        server = make_server(state, port=port, token=token)
        page = f"http://127.0.0.1:{port}/#token={token}"
        with _announced(folder / FILE, port, token), _written(folder / PAGE, _LEADING.format(page)):
            started(page, folder / PAGE)
            asyncio.run(_until_idle(server, listener, state, idle_exit, folder / WORK))


def make_server(state: ServerState, *, port: int, token: str) -> uvicorn.Server:
    """The uvicorn server; it serves sockets that listen on `port`."""
    return _Server(
        uvicorn.Config(
            make_app(state, port=port, token=token),
            http=protocol(state.limits),
            ws="none",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=state.limits.connections,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=3,
        )
    )


def runtime_folder() -> Path:
    """The folder of server.json, created if needed, accessible to its owner alone.

    Raises:
        StorageFailed: it can't be made, or belongs to another user.
    """
    folder = settings().runtime
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StorageFailed(
            f"The runtime folder {folder} can't be used: {error.strerror}",
            "Set HEADSHOTS_RUNTIME_DIR to a folder of your own.",
        ) from error
    return folder


@contextmanager
def _only_one(folder: Path) -> Generator[None]:
    """Hold the lock; the system releases it when the process ends, even if it is killed."""
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ServerRunning(
            "A server of yours is running already",
            f"{folder / FILE} says where; stop it first, or use it.",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listening(port: int) -> Generator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        if os.name == "posix":  # on Windows another program could then take over the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} can't be listened on: {error.strerror}",
                "Give another one, or none to take a free one.",
            ) from None
        listener.listen(128)  # clients that connect while the server starts wait
        yield listener


@contextmanager
def _announced(file: Path, port: int, token: str) -> Generator[None]:
    """Write the server's address into `file` while the block runs."""
    facts = {
        "url": f"http://127.0.0.1:{port}",
        "port": port,
        "token": token,
        "pid": os.getpid(),
        "version": __version__,
    }
    with _written(file, json.dumps(facts)):
        yield


@contextmanager
def _written(file: Path, text: str) -> Generator[None]:
    """Keep `file`, readable by its owner alone, while the block runs."""
    try:
        discard_parts(file)  # they may hold the token of a server that was killed
        write_whole(file, text.encode(), mode=0o600)
    except OSError as error:
        raise StorageFailed(
            f"{file} can't be written: {error.strerror}", "Check the disk and the folder's rights."
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink()


def _lost(file: Path) -> int:
    """Jobs that the last server left undone."""
    try:
        return int(json.loads(file.read_text("utf-8"))["jobs"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


async def _note_work(state: ServerState, file: Path) -> None:
    """Keep in `file` how many jobs aren't done; no file where none are."""
    noted = state.lost
    while True:
        undone = sum(not job.state.ended for job in state.jobs.all())
        if undone != noted:
            with suppress(OSError):  # a full disk stops no work
                if undone:
                    write_whole(file, json.dumps({"jobs": undone}).encode(), mode=0o600)
                else:
                    file.unlink(missing_ok=True)
            noted = undone
        await asyncio.sleep(_NOTE_SECONDS)


async def _until_idle(
    server: uvicorn.Server,
    listener: socket.socket,
    state: ServerState,
    idle_exit: float | None,
    work: Path,
) -> None:
    async def watch() -> None:
        while idle_exit is not None and state.idle < idle_exit:
            await asyncio.sleep(_IDLE_LOOK_SECONDS)
        if idle_exit is not None:
            logging.getLogger(__name__).info("nothing was asked for %g seconds", idle_exit)
            server.should_exit = True

    tasks = [asyncio.create_task(each) for each in (watch(), _note_work(state, work))]
    try:
        await server.serve(sockets=[listener])
    finally:
        for each in tasks:
            each.cancel()


class _Server(uvicorn.Server):
    """uvicorn raises the signal that ended it again, which would end us before the clean-up."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
