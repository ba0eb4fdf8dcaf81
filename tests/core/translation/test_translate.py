"""German for all that reaches a person through the server: errors, reports, progress, choices.

The English texts are collected from the source, so that a new one without its German is found.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from headshots.core import errors
from headshots.core.generation import LOOKS
from headshots.core.recipes.step import Input
from headshots.core.recipes.steps import STEPS
from headshots.core.scoring.measure import KINDS
from headshots.core.translation import translate
from headshots.core.translation.translate import speaker, speaker_for, translated

FOLDER = Path(translate.__file__).parent
CORE = FOLDER.parent
TABLES = {path.name: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.de.toml")}
EVERY = {english: german for table in TABLES.values() for english, german in table.items()}
GAP = re.compile(r"\{#?\}")
# The command line and what only it runs speak English.
ENGLISH = ("cli", "culling", "batch", "gimp.py", "darktable.py", "node_pack.py")
ERRORS = {each.__name__ for each in errors.all_errors()}
# Nothing but values and names of ours: said by parts.
BARE = {"{}: {}", "{} {}", "{}: {}: {}", "{} is {}"}
# Modules whose sentences are reports, notes, findings or progress.
REPORTS = (
    "delivery/formats.py",
    "faces/suitability.py",
    "framing/room.py",
    "generation/availability.py",
    "generation/coaching.py",
    "generation/diffusion/generator.py",
    "generation/studio/generator.py",
    "generation/team_framing.py",
    "identity/identity.py",
    "identity/photo_analysis.py",
    "keeping/card.py",
    "keeping/comparison.py",
    "keeping/keeper.py",
    "photos/suitability.py",
    "recipes/actions/by_picture.py",
    "recipes/actions/cards.py",
    "recipes/actions/clothes.py",
    "recipes/actions/edits.py",
    "recipes/actions/files.py",
    "recipes/actions/keeping.py",
    "recipes/actions/masks.py",
    "recipes/actions/refine.py",
    "recipes/actions/restage.py",
    "recipes/actions/scores.py",
    "recipes/actions/sitters.py",
    "recipes/actions/teams.py",
    "recipes/actions/tune.py",
    "refinement/guard.py",
    "scoring/likeness.py",
    "scoring/likeness_words.py",
    "scoring/selection.py",
    "scoring/sources.py",
    "scoring/team_consistency.py",
    "server/guard.py",
    "vault/news.py",
)
# What those modules hold for programs, or put together from parts that `FINISHED` shows whole.
NO_REPORTS = (
    "default-src 'none'",  # a header
    "Bearer {}",
    "screen[ _-]?shot",
    "picture {}",  # names the input of an error
    "{} is within its range",
    "{} light{}: asked",
    "{}: {}, likeness {}",
    "{}: {}range {}",
    "{} to {}{}, ",
    "{}: not kept, it is",
    "{}: {} of it kept",
    "good enough, but {} kept",
    "too similar to {}{}",
    "{} The main light then comes",
    "{} {}{}{} off",
)
FINISHED = [
    ("Cutting out a.jpg", "Wird freigestellt: a.jpg"),
    ("a.jpg: left out. No face was found", "a.jpg: weggelassen. Kein Gesicht gefunden"),
    ("No look is called 'grey'", "Kein Look heißt 'grey'"),
    (
        "Did you mean 'loop'? Known: loop, split.",
        "Gemeint vielleicht: 'loop'? Bekannt sind: Loop, Split.",
    ),
    ("'a.jpg' can't be opened: no", "'a.jpg' lässt sich nicht öffnen: no"),
    ("There are 2 faces in 'the layer'", "'the layer' zeigt 2 Gesichter"),
    (
        "a.jpg: cropped, the head fills 40% of the height where 50% was asked for: the picture "
        "ends too near the head; now 80 x 100 pixels",
        "a.jpg: zugeschnitten, der Kopf füllt 40% der Höhe statt 50%: Das Bild endet zu nah am "
        "Kopf; jetzt 80 x 100 Pixel",
    ),
    (
        "a.jpg: loop light from the left: asked 40 degrees aside, 35 up, 2.5:1; measured 38 "
        "aside, 30 up, 2.2:1",
        "a.jpg: Licht: Loop von links; gewünscht 40 Grad seitlich, 35 hoch, 2,5:1; gemessen 38 "
        "seitlich, 30 hoch, 2,2:1",
    ),
    (
        "01: keep, likeness 0.812, percentile 44: rank 1; most alike",
        "01: behalten, Ähnlichkeit 0,812, Perzentil 44: Rang 1; am ähnlichsten",
    ),
    (
        "Head height: 40.1 to 44.2 % of the height, range 4.1 % of the height, standard deviation "
        "1.2",
        "Kopfhöhe: 40,1 bis 44,2 % der Höhe, Spanne 4,1 % der Höhe, Standardabweichung 1,2",
    ),
    (
        "Ada stands out: head height 5.1 % of the height off, 2.5 let pass. Make all in one look "
        "with 'matched' on and the same seed.",
        "Ada fällt heraus: Kopfhöhe 5,1 % der Höhe daneben, 2,5 sind zulässig. Alle in einem Look "
        "mit 'matched' und demselben Startwert machen.",
    ),
    (
        "upscale: not kept, it is less like the sitter (0.512, at least 0.530); enlarged 2 times "
        "without it",
        "Vergrößern: nicht behalten, es ist der Person weniger ähnlich (0,512, mindestens 0,530); "
        "2-fach vergrößert ohne",
    ),
    (
        "retouch: 50% of it kept, all of it is less like the sitter (0.512, at least 0.530)",
        "Retusche: zu 50% behalten, ganz wäre es der Person weniger ähnlich (0,512, mindestens "
        "0,530)",
    ),
    ("good enough, but 2 better ones were kept", "gut genug, aber 2 bessere wurden behalten"),
    (
        "too similar to 02 (same look, same photo), which scores higher",
        "zu ähnlich wie 02 (gleicher Look, gleiches Foto), das besser bewertet ist",
    ),
    ("", ""),
    ("portraits/some picture.png", "portraits/some picture.png"),
]


def _text(node: ast.AST) -> str | None:
    """A text as the tables have it: {} for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = _text(node.left), _text(node.right)
        return None if None in parts else f"{parts[0]}{parts[1]}"
    return None


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(CORE.rglob("*.py")):
        if path.relative_to(CORE).parts[0] not in ENGLISH:
            yield path, ast.parse(path.read_text("utf-8"))


def _raised() -> Iterator[tuple[str, str]]:
    """(Where, the text) of each text that an error is made with, module constants included."""
    for path, module in _sources():
        constants = {
            target.id: text
            for node in module.body
            if isinstance(node, ast.Assign) and (text := _text(node.value))
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(module):
            if not isinstance(call, ast.Call):
                continue
            called = call.func.id if isinstance(call.func, ast.Name) else ""
            if called not in ERRORS:
                continue
            for each in call.args:
                text = constants.get(each.id) if isinstance(each, ast.Name) else _text(each)
                if text and re.search("[A-Za-z]{2}", text):
                    yield f"{path.relative_to(CORE)}:{each.lineno}", text


def _reported() -> Iterator[tuple[str, str]]:
    """(Where, the text) of each sentence in the modules that report."""
    for path, module in _sources():
        if path.relative_to(CORE).as_posix() not in REPORTS:
            continue
        passed: set[ast.AST] = set()
        for node in ast.walk(module):
            if node in passed:
                passed.update(ast.iter_child_nodes(node))
                continue
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in (*ERRORS, "ValueError"):
                passed.update(ast.iter_child_nodes(node))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                passed.add(node.value)  # a docstring
            text = _text(node)
            if text is not None:
                passed.update(ast.iter_child_nodes(node))
                if " " in text.strip() and re.search("[a-z]{2} ?", GAP.sub("", text)):
                    yield f"{path.relative_to(CORE)}:{getattr(node, 'lineno', 0)}", text


def _plain(text: str) -> str:
    """As texts are compared: every gap alike, nothing at the ends that joins it to others."""
    return GAP.sub("{}", text).strip(" .;,:\n")


def test_every_error_has_its_german() -> None:
    known = {_plain(each) for each in EVERY}
    assert [
        each for each in _raised() if each[1] not in BARE and _plain(each[1]) not in known
    ] == []


def test_no_german_is_left_of_an_error_that_is_no_more() -> None:
    raised = {_plain(text) for _, text in _raised()}
    assert [each for each in TABLES["errors.de.toml"] if _plain(each) not in raised] == []


def test_every_report_has_its_german() -> None:
    known = "\n".join(map(_plain, EVERY))
    lacking = [
        (where, text)
        for where, text in _reported()
        if _plain(text) not in known
        and not text.startswith(NO_REPORTS)
        and _left_english(text.replace("{}", "7"))
    ]
    assert lacking == []


def _left_english(text: str) -> bool:
    translation = translate.Reading("de").of(text)
    return translation.letters < sum(map(str.isalpha, text))


def test_all_advice_and_every_look_has_its_german() -> None:
    advice = {each for kind in KINDS.values() for each in (kind.mend_low, kind.mend_high) if each}
    looks = {each for look in LOOKS.values() for each in (look.title, look.description)}
    assert [each for each in advice | looks if translated(each, "de") is None] == []


@pytest.mark.parametrize(
    "declared",
    [each for step in STEPS.values() for each in step.inputs if isinstance(each.choices, tuple)],
    ids=lambda each: each.name,
)
def test_every_choice_has_a_german_label(declared: Input) -> None:
    # Numbers, file formats, sites and what models are called are the same in German.
    same = "[1-9]|jpeg|png|tiff|ora|psd|linkedin|flux2?-.*|qwen-.*|sdxl|euler.*|dpmpp-2m|lcm"
    lacking = [
        each
        for each in declared.options()
        if not re.fullmatch(same, each) and translated(each, "de") is None
    ]
    assert lacking == []


def test_no_english_is_in_two_tables_and_gaps_are_kept() -> None:
    for one, two in combinations(TABLES.values(), 2):
        assert one.keys() & two.keys() == set()
    for english, german in EVERY.items():
        if GAP.search(english):
            gaps = len(re.findall(r"\{[#\d]?\}", german))
            assert gaps == len(GAP.findall(english)), english


@pytest.mark.parametrize(("english", "german"), FINISHED)
def test_finished_texts_are_translated(english: str, german: str) -> None:
    assert speaker("de")(english) == german
    assert speaker_for("de_AT.UTF-8")(english) == german
    assert speaker_for("fr")(english) == english


def test_a_text_of_any_length_is_answered_soon() -> None:
    assert speaker("de")("a is b, which c " * 5000)
