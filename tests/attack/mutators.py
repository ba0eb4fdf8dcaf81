"""Bytes and values changed as an enemy, a bad disk or a bad program would change them."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from typing import Any

Mutator = Callable[[bytes, random.Random], bytes]

_LONG = 1_300_000  # bytes that a repeated token grows to: what is quadratic shows there
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_ODD = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**400, 0.5, -0.0, 1e308),
    *("", " ", "\0", "a" * 70_000, "\ud800", "../../etc/passwd", "/dev/zero", "\u202e", "𝕏" * 9),
    *([], {}, [[]], [None] * 9, {"": ""}, {"__value__": [1]}, ["1", 0], ["1", -1]),
)  # fmt: skip
_WORDS = (
    "yes",
    "no",
    "not",
    "null",
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\u0000",
    "\r",
    "\n",
    "\0",
    "=",
    ",",
)
_CELLS = (
    "",
    " ",
    '"',
    '""',
    "\r",
    "\n",
    "\0",
    "a" * 5_000,
    "|",
    "|||",
    ";",
    "\t",
    "..",
    "/",
    "é́",
    "=1+1",
)
_SEPARATORS = (",", ";", "\t", "|", " ")


def binary(data: bytes, dice: random.Random) -> bytes:
    """A few bytes changed, pieces moved, cut or doubled."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        change = dice.choices(_CHANGES, _WEIGHTS)[0]
        change(changed, dice)
    return bytes(changed)


def repeated(data: bytes, dice: random.Random) -> bytes:
    """One piece, so often that what looks at each against each never ends."""
    start = dice.randrange(len(data)) if data else 0
    if (mark := data.find(dice.choice(_STARTS), start)) >= 0 and dice.random() < 0.8:
        start = mark
    piece = data[start : start + dice.randrange(2, 40)]
    rest = data[start:] if dice.random() < 0.5 else b""  # where what would end it is missing
    return data[:start] + piece * (_LONG // max(1, len(piece))) + rest


def _flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 3, 30))):
        if data:
            data[_place(data, dice)] ^= 1 << dice.randrange(8)


def _extreme(data: bytearray, dice: random.Random) -> None:
    size, order = dice.choice((1, 2, 4)), dice.choice(("little", "big"))
    place = _place(data, dice)
    value = dice.choice(_EXTREMES) & (256**size - 1)
    data[place : place + size] = value.to_bytes(size, order)


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[_place(data, dice) :]


def _remove(data: bytearray, dice: random.Random) -> None:
    place = _place(data, dice)
    del data[place : place + dice.choice((1, 4, 40, 400))]


def _double(data: bytearray, dice: random.Random) -> None:
    place = _place(data, dice)
    piece = data[place : place + dice.choice((1, 8, 80, 800))]
    data[place:place] = piece


def _insert(data: bytearray, dice: random.Random) -> None:
    data[(place := _place(data, dice)) : place] = dice.randbytes(dice.choice((1, 4, 60)))


def _move(data: bytearray, dice: random.Random) -> None:
    start, size, to = _place(data, dice), dice.choice((4, 40, 400)), _place(data, dice)
    piece = data[start : start + size]
    data[to : to + size] = piece


_CHANGES = (_flip, _extreme, _cut, _remove, _double, _insert, _move)
_WEIGHTS = (30, 20, 8, 12, 10, 12, 8)
_STARTS = (b"<", b"<?", b'"', b",", b"{", b"[", b" ", b"\n", b"\0")


def _place(data: bytearray, dice: random.Random) -> int:
    """Anywhere, and half of the time near the start, where headers are."""
    within = len(data) if dice.random() < 0.5 else min(len(data), 700)
    return dice.randrange(within) if within else 0


def text(data: bytes, dice: random.Random) -> bytes:
    """As `binary`, or words put in, left out, swapped or repeated."""
    if dice.random() < 0.4:
        return binary(data, dice)
    words = data.decode(errors="replace").split(" ")
    for _ in range(dice.choice((1, 2, 5))):
        place = dice.randrange(len(words) + 1)
        match dice.randrange(5):
            case 0:
                words.insert(place, dice.choice(_WORDS))
            case 1:
                del words[place : place + 1]
            case 2 if words:
                words[place : place + 1] = [dice.choice(words)]
            case 3 if words:
                words.insert(place, words[place % len(words)] * dice.choice((2, 50)))
            case _:
                words.insert(place, chr(dice.choice((0, 0x202E, 0x301, 0xD7FF, 0x1F600, 0x85))))
    return " ".join(words).encode()


def as_json(data: bytes, dice: random.Random) -> bytes:
    """Values and keys of a JSON document replaced, removed, nested; or its bytes changed."""
    if dice.random() < 0.25:
        return text(data, dice)
    try:
        value = json.loads(data)
    except ValueError:
        return text(data, dice)
    try:
        for _ in range(dice.choice((1, 1, 2, 4))):
            value = changed(value, dice)
        written = json.dumps(value, ensure_ascii=True)
    except (RecursionError, ValueError):  # deeper than Python writes, or a value within itself
        return data[: len(data) // 2]
    match dice.randrange(40):
        case 0:
            return b"[" * 100_000 + written.encode()
        case 1:
            return written.replace(":", ": NaN,", 1).encode()
        case 2:
            return (written[:1] + '"1": 1, "1": 2, ' + written[1:]).encode()
        case _:
            return written.encode()


def changed(value: Any, dice: random.Random) -> Any:
    """`value` with one place in it replaced, removed, renamed or copied elsewhere."""
    places = list(_places(value))
    if not places:
        return dice.choice(_ODD)
    holder, key = dice.choice(places)
    match dice.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(("", "x" * 300, "__proto__", "\0", "inputs"))] = holder.pop(key)
        case 2:
            other_holder, other = dice.choice(places)
            if other_holder is not holder and not isinstance(other_holder[other], dict | list):
                holder[key] = other_holder[other]
        case 3:
            inner: Any = holder[key]
            for _ in range(dice.choice((1, 30, 300))):
                inner = [inner] if dice.random() < 0.5 else {"a": inner}
            holder[key] = inner
        case _:
            holder[key] = dice.choice(_ODD)
    return value


def _places(value: Any) -> Any:
    if not isinstance(value, dict | list):
        return
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(inside):
        yield value, key
        yield from _places(each)


def table(data: bytes, dice: random.Random) -> bytes:
    """Cells, columns, separators and quotes of a CSV file changed; or its bytes."""
    if dice.random() < 0.3:
        return binary(data, dice)
    rows = list(csv.reader(io.StringIO(data.decode())))
    for _ in range(dice.choice((1, 3, 9))):
        row = dice.choice(rows)
        match dice.randrange(5):
            case 0 if row:
                row[dice.randrange(len(row))] = dice.choice(_CELLS)
            case 1 if row:
                del row[dice.randrange(len(row))]
            case 2:
                row.insert(dice.randrange(len(row) + 1), dice.choice(_CELLS))
            case 3:
                rows.insert(dice.randrange(len(rows) + 1), list(dice.choice(rows)))
            case _:
                dice.shuffle(rows)
    out = io.StringIO()
    separator = dice.choice(_SEPARATORS)
    try:
        csv.writer(out, delimiter=separator, quoting=dice.choice((0, 1))).writerows(rows)
    except csv.Error:
        return separator.join(map(str, rows)).encode()
    return out.getvalue().encode(
        dice.choice(("utf-8", "utf-8-sig", "utf-16", "latin-1")), "replace"
    )
