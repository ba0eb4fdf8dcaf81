"""Generates the reference of the steps from their declarations.

`python -m headshots.core.recipes.reference PAGE` replaces the text between the page's two marks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .step import Input, Step
from .steps import STEPS
from .values import accepted

START, END = "<!-- steps: written by reference.py -->", "<!-- end of steps -->"


def markdown(step: Step, level: int = 2) -> str:
    """One step as a section of Markdown, its heading at `level`."""
    lines = [f"{'#' * level} {step.title}", "", f"`{step.id}`", "", step.summary, ""]
    if step.inputs:
        lines += ["| Input | Takes | Default | What it is |", "|---|---|---|---|"]
        lines += [_row(each) for each in step.inputs]
        lines.append("")
    lines += ["| Output | Kind | What it is |", "|---|---|---|"]
    lines += [f"| `{each.name}` | {each.kind} | {each.tooltip} |" for each in step.outputs]
    return "\n".join(lines) + "\n"


def filled(page: str) -> str:
    """`page` with the sections of all steps between its marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    sections = "\n".join(markdown(step) for step in STEPS.values())
    return f"{before}{START}\n\n{sections}\n{END}{after}"


def _row(declared: Input) -> str:
    if declared.kind.constant:
        takes = accepted(declared)
        default = "must be given" if declared.default is None else f"`{_literal(declared)}`"
    else:
        takes = f"{declared.kind}"
        default = "may stay unlinked" if declared.optional else "must be linked"
    return f"| `{declared.name}` | {takes} | {default} | {declared.tooltip} |"


def _literal(declared: Input) -> str:
    value = declared.default
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
