"""The error tree: stable codes, each documented, each raised somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from headshots.core.errors import HeadshotsError, NoFace, all_errors

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core"
ROW = re.compile(r"^\| `([a-z.-]+)` \| (\d+) \| (.+) \|$", re.MULTILINE)


def test_codes_are_unique_and_well_formed() -> None:
    codes = [error.code for error in all_errors()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z-]+(\.[a-z-]+)?", code) for code in codes)


def test_every_error_has_a_code_of_its_own_and_an_exit_code() -> None:
    assert [error for error in all_errors() if "code" not in vars(error)] == []
    assert all(1 <= error.exit_code <= 130 for error in all_errors())


def test_a_family_shares_an_exit_code_that_no_other_has() -> None:
    owners: dict[int, type[HeadshotsError]] = {}
    for error in all_errors():
        if "exit_code" in vars(error):
            assert error.exit_code not in owners, (error, owners[error.exit_code])
            owners[error.exit_code] = error


def test_the_text_is_what_happened_and_what_to_do() -> None:
    error = NoFace("No face was found in 'a.jpg'.", "Choose another photo.")
    assert str(error) == "No face was found in 'a.jpg'. Choose another photo."


def test_codes_and_document_agree() -> None:
    documented = {
        code: int(exit_code)
        for code, exit_code, _ in ROW.findall((ROOT / "docs" / "errors.md").read_text("utf-8"))
    }
    assert documented == {error.code: error.exit_code for error in all_errors()}


def test_errors_are_defined_in_one_place() -> None:
    strangers = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in CORE.rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    ]
    assert strangers == []


def test_every_leaf_of_the_tree_is_raised_somewhere() -> None:
    made: set[str] = set()
    for path in CORE.rglob("*.py"):
        if path.name == "errors.py":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        caught = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.ExceptHandler) and node.type is not None
            for part in ast.walk(node.type)
        }
        made |= {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and id(node) not in caught
        }
    leaves = {error.__name__ for error in all_errors() if not error.__subclasses__()}
    assert leaves - made == set()
