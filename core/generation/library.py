"""All looks by name: the built-in ones, then the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock

from ..errors import LookUnreadable
from ..registry import unknown
from ..settings import settings
from .finish_table import table_of
from .look_files import read_looks
from .looks import Look


class Library(Mapping[str, Look]):
    """The looks by name: the built-in ones, then the user's, file by file.

    The user's files are read on first use, and again whenever one has changed. A file with a fault
    adds no looks and hides no others; see `faults`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._stamp: tuple[object, ...] = ()
        self._own = _Own()

    def __getitem__(self, name: str) -> Look:
        built_in = _built_in()
        return built_in[name] if name in built_in else self._read().looks[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*_built_in(), *self._read().looks))

    def __len__(self) -> int:
        return len(_built_in()) + len(self._read().looks)

    @property
    def built_in(self) -> tuple[str, ...]:
        """Names of the looks that come with headshots."""
        return tuple(_built_in())

    @property
    def faults(self) -> tuple[LookUnreadable, ...]:
        """What is wrong with the user's files, in their order."""
        return self._read().faults

    def _read(self) -> _Own:
        folder = settings().looks
        with self._lock:
            paths = sorted(folder.glob("*.toml"))
            stamp = (folder, *((path, *_stamp(path)) for path in paths))
            if stamp != self._stamp:
                self._own, self._stamp = _read_own(paths), stamp
            return self._own


@dataclass(frozen=True)
class _Own:
    looks: dict[str, Look] = field(default_factory=dict[str, Look])
    faults: tuple[LookUnreadable, ...] = ()


@lru_cache(maxsize=1)
def _built_in() -> Mapping[str, Look]:
    return read_looks(Path(__file__).with_name("looks.toml"))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _read_own(paths: list[Path]) -> _Own:
    looks: dict[str, Look] = {}
    faults: list[LookUnreadable] = []
    for path in paths:
        try:
            own = read_looks(path)
            for name in own:
                if name in _built_in() or name in looks:
                    owner = "a built-in look" if name in _built_in() else "another of your looks"
                    raise LookUnreadable(
                        f"{path} has a look called {name}, which is the name of {owner}",
                        "Give it another name; looks don't replace each other.",
                    )
            looks |= {name: _at_home(look, path.parent) for name, look in own.items()}
        except LookUnreadable as fault:
            faults.append(fault)
    return _Own(looks, tuple(faults))


def _at_home(look: Look, folder: Path) -> Look:
    """`look` with absolute paths to its picture and its colour table.

    Relative ones start at the look's folder. The table is read once, so that a fault is told now.
    """
    if look.backdrop.kind == "picture":
        picture = _absolute(look, "picture", look.backdrop.picture, folder)
        look = replace(look, backdrop=replace(look.backdrop, picture=picture))
    if look.finish.lut:
        lut = _absolute(look, "table", look.finish.lut, folder)
        table_of(lut)
        look = replace(look, finish=replace(look.finish, lut=lut))
    return look


def _absolute(look: Look, what: str, path: str, folder: Path) -> str:
    try:
        return str(folder / Path(path).expanduser())
    except RuntimeError as error:  # ~somebody
        raise LookUnreadable(
            f"The look {look.name} names the {what} {path!r}, and there is no such home folder",
            "Write the whole path.",
        ) from error


LOOKS = Library()


def find_look(name: str) -> Look:
    """The look called `name`.

    Raises:
        LookUnreadable: there is no such look, but a file of the user's that can't be read.
        UnknownName: there is no such look.
    """
    if name in LOOKS:
        return LOOKS[name]
    if LOOKS.faults:
        raise LOOKS.faults[0]
    raise unknown("look", name, tuple(LOOKS))
