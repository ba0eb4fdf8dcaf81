"""Writes the texts that ComfyUI shows for our nodes, in English and German.

    .venv/bin/python scripts/comfy_words.py [--check]

The English texts are those of the steps; comfy_nodes/words holds their German translations and an
example for each node. The script writes locales/ and a help page for each node in
comfy_nodes/web/docs: ID.md in English, which ComfyUI shows for all languages without their own
page, and ID/de.md. With --check nothing is written; the files that differ are named.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headshots.comfy_nodes.nodes import NODES
from headshots.core.recipes.step import Constant, Input, Kind, Output, Step

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "comfy_nodes" / "words"
DOCS = ROOT / "comfy_nodes" / "web" / "docs"
LOCALES = ROOT / "locales"

Section = str  # "titles", "names", "texts" or "page"


@dataclass
class Language:
    """English, or a language with a table of translations.

    missing, used: English texts that were looked up so far.
    """

    code: str
    table: Mapping[Section, Mapping[str, str]] | None = None
    missing: dict[tuple[Section, str], None] = field(default_factory=dict)
    used: set[tuple[Section, str]] = field(default_factory=set)

    def say(self, section: Section, english: str) -> str:
        """The translation of `english`; if there is none, `english` itself, recorded as missing."""
        self.used.add((section, english))
        if self.table is None:
            return english.replace("_", " ") if section == "names" else english
        if (said := self.table[section].get(english)) is None:
            self.missing[section, english] = None
        return said or english

    def number(self, value: float) -> str:
        text = f"{value:.12g}"
        return text if self.table is None else text.replace(".", ",")

    def unused(self) -> Iterator[tuple[Section, str]]:
        """The entries of the table that were never looked up."""
        for section, words in (self.table or {}).items():
            yield from (
                (section, english) for english in words if (section, english) not in self.used
            )


def german() -> Language:
    return Language("de", tomllib.loads((WORDS / "german.toml").read_text("utf-8")))


def files(languages: Sequence[Language], steps: Sequence[Step] = NODES) -> dict[Path, str]:
    """What to write: the text of each file by its path."""
    examples = tomllib.loads((WORDS / "examples.toml").read_text("utf-8"))
    contents: dict[Path, str] = {}
    for language in languages:
        folder = LOCALES / language.code
        contents[folder / "main.json"] = _json(main_words(steps, language))
        contents[folder / "nodeDefs.json"] = _json(
            {each.id: node_words(each, language) for each in steps}
        )
        for step in steps:
            name = f"{step.id}.md" if language.table is None else f"{step.id}/{language.code}.md"
            example = examples.get(step.id, {}).get(language.code)
            if example is None:
                language.missing["example", step.id] = None
            contents[DOCS / name] = page(step, example or "", language)
    return contents


def main_words(steps: Sequence[Step], language: Language) -> dict[str, object]:
    """Categories and socket types."""
    parts = dict.fromkeys(part for step in steps for part in step.category.split("/"))
    own = [kind for kind in Kind if kind.value.startswith("HEADSHOTS_")]
    return {
        "nodeCategories": {part: _message(language.say("titles", part)) for part in parts},
        "dataTypes": {kind.value: _message(_kind(kind, language)) for kind in own},
    }


def node_words(step: Step, language: Language) -> dict[str, object]:
    """Title, summary, inputs and outputs of one node."""

    def said(each: Input | Output) -> dict[str, str]:
        return {
            "name": _message(language.say("names", each.name)),
            "tooltip": _message(language.say("texts", each.tooltip)),
        }

    return {
        "display_name": _message(language.say("titles", step.title)),
        "description": _message(language.say("texts", step.summary)),
        "inputs": {each.name: said(each) for each in step.inputs},
        "outputs": {str(index): said(each) for index, each in enumerate(step.outputs)},
    }


def page(step: Step, example: str, language: Language) -> str:
    """The help page of one node, as Markdown."""
    title, summary = language.say("titles", step.title), language.say("texts", step.summary)
    lines = [f"# {title}", "", summary, ""]
    lines += [f"## {language.say('page', 'Example')}", "", example.strip(), ""]
    if step.inputs:
        lines += [f"## {language.say('page', 'Inputs')}", ""]
        lines += [_item(each, _range_of(each, language), language) for each in step.inputs]
        lines.append("")
    lines += [f"## {language.say('page', 'Outputs')}", ""]
    lines += [_item(each, _kind(each.kind, language), language) for each in step.outputs]
    return "\n".join(lines) + "\n"


def _item(declared: Input | Output, kind: str, language: Language) -> str:
    """A list, as ComfyUI shows help in a column too narrow for a table."""
    name, text = language.say("names", declared.name), language.say("texts", declared.tooltip)
    return f"- **{name}** ({kind}): {text}"


def _range_of(declared: Input, language: Language) -> str:
    return f"{_takes(declared, language)}; {_default(declared, language)}"


def _takes(declared: Input, language: Language) -> str:
    low, high = declared.low, declared.high
    between = ""
    if low is not None and high is not None:
        between = f", {language.number(low)} {language.say('page', 'to')} {language.number(high)}"
    match declared.kind:
        case Kind.INT:
            return language.say("page", "whole number") + between
        case Kind.FLOAT:
            return language.say("page", "number") + between
        case Kind.BOOLEAN:
            return language.say("page", "on or off")
        case Kind.CHOICE:
            options = ", ".join(f"`{option}`" for option in declared.options())
            return f"{language.say('page', 'one of')} {options}"
        case Kind.CHOICES:
            options = ", ".join(f"`{option}`" for option in declared.options())
            return f"{language.say('page', 'one or more of')} {options}"
        case Kind.STRING if declared.multiline:
            return language.say("page", "text, one item a line")
        case kind:
            return _kind(kind, language)


def _default(declared: Input, language: Language) -> str:
    if declared.kind.constant:
        if declared.default is None:
            return language.say("page", "must be given")
        default = language.say("page", "default")
        return f"{default} {_constant(declared.default, language)}"
    return language.say("page", "may stay unlinked" if declared.optional else "must be linked")


def _constant(value: Constant, language: Language) -> str:
    if isinstance(value, bool):
        return language.say("page", "on" if value else "off")
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value)
    if isinstance(value, str):
        return f"`{value}`" if value else language.say("page", "empty")
    return language.number(value)


def _kind(kind: Kind, language: Language) -> str:
    if kind is Kind.STRING:
        return language.say("page", "text")
    return language.say("titles", kind.value.removeprefix("HEADSHOTS_").lower())


def _message(text: str) -> str:
    """`text` escaped for the front end's translations, where four characters have a meaning."""
    return re.sub(r"[{}|@]", lambda sign: f"{{'{sign[0]}'}}", text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def strangers(wanted: Mapping[Path, str]) -> list[Path]:
    """Unexpected files in our output folders, such as the page of a removed step."""
    there = [path for folder in (LOCALES, DOCS) for path in folder.rglob("*") if path.is_file()]
    return [path for path in there if path not in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if files differ")
    check = parser.parse_args().check
    # The user's own looks are no part of the documentation.
    empty = tempfile.mkdtemp()
    os.environ["HEADSHOTS_CONFIG_DIR"] = empty
    try:
        languages = (Language("en"), german())
        wanted = files(languages)
    finally:
        shutil.rmtree(empty)
    faults = [
        f'german.toml lacks, under [{section}]: {json.dumps(english, ensure_ascii=False)} = ""'
        if section != "example"
        else f"examples.toml lacks {english}.{language.code}"
        for language in languages
        for section, english in language.missing
    ]
    faults += [
        f"german.toml holds, under [{section}], a text that no step has: {english!r}"
        for section, english in languages[1].unused()
    ]
    if check:
        stale = [path for path, text in wanted.items() if not _is(path, text)]
        faults += [f"{path.relative_to(ROOT)} is not current" for path in stale]
        faults += [f"{path.relative_to(ROOT)} belongs to no step" for path in strangers(wanted)]
    else:
        for path in strangers(wanted):
            path.unlink()
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return bool(faults)


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
