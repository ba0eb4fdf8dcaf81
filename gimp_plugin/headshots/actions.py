"""The entries of the menu Filters > Headshots, in English; they are translated where shown."""

from dataclasses import dataclass

from recipes import DELIVER, KEEP_SITTER, MASKS, SCORE, STUDIO
from words import say


@dataclass(frozen=True)
class Action:
    """One entry.

    name: of the procedure.
    label: in the menu, mnemonic included.
    help: one sentence.
    step: the step whose inputs the form shows; empty if the entry has its own form.
    sitter: "", "optional" or "needed".
    layers: how many chosen layers it works on: "", "one", "two" or "any".
    go: text of its dialog's button.
    within: it works on the selection only, and not on the rest of the layer.
    previewed: what comes of it is shown beside the form.
    body: the preview shows the shoulders, too.
    """

    name: str
    label: str
    help: str
    step: str = ""
    sitter: str = ""
    layers: str = ""
    go: str = "_Apply"
    within: bool = False
    previewed: bool = False
    body: bool = False

    @property
    def title(self):
        """The label in the chosen language, without mnemonic and dots."""
        return say(self.label).replace("_", "").rstrip(".")


MAKE = Action(
    "headshots-make",
    "_Make headshots...",
    "Makes headshots of an enrolled sitter and brings the chosen ones in as layers.",
    step=STUDIO,
    sitter="needed",
    go="_Make",
)
ENROL = Action(
    "headshots-enrol",
    "_Enrol sitter...",
    "Learns who a sitter is from open images, chosen layers or files, and stores it here.",
    go="_Enrol",
)
SCORE_PICTURE = Action(
    "headshots-score",
    "Score _this picture...",
    "Says how like the sitter the layer is, and whether it is good enough to deliver.",
    step=SCORE,
    sitter="needed",
    layers="any",
    go="_Measure",
    within=True,
)
REFINE = Action(
    "headshots-refine",
    "Re_fine face...",
    "Improves the face, in the selection or as a whole, never at the cost of likeness.",
    step="HeadshotsRefine",
    sitter="needed",
    layers="any",
    within=True,
)
RETOUCH = Action(
    "headshots-retouch",
    "Retouch s_kin...",
    "Retouches skin, eyes, teeth, hair and clothes gently; what the sitter has for life stays.",
    step="HeadshotsRetouch",
    sitter="optional",
    layers="any",
    within=True,
    previewed=True,
)
RELIGHT = Action(
    "headshots-relight",
    "Re_light...",
    "Lights the sitter anew, in a pattern that portrait photographers know by name.",
    step="HeadshotsRelight",
    layers="any",
    previewed=True,
    body=True,
)
BACKDROP = Action(
    "headshots-replace-backdrop",
    "Replace _backdrop...",
    "Sets the sitter before another backdrop.",
    step="HeadshotsReplaceBackdrop",
    layers="any",
    previewed=True,
    body=True,
)
KEEP = Action(
    "headshots-keep-sitter",
    "Keep the _sitter...",
    "Puts the sitter's own pixels back into an edited layer, from the layer below it.",
    step=KEEP_SITTER,
    sitter="optional",
    layers="two",
)
MASK_CHANNELS = Action(
    "headshots-masks",
    "Masks as _channels...",
    "Adds channels of hair, skin, clothes and background, to be turned into selections or masks.",
    step=MASKS,
    layers="one",
    go="_Add",
)
RUN = Action(
    "headshots-run-recipe",
    "Run a reci_pe...",
    "Runs a recipe, one that comes with headshots or a file of yours.",
    go="R_un",
)
DELIVER_LAYER = Action(
    "headshots-deliver",
    "Deli_ver...",
    "Writes the layer as a file in a named size, with signed credentials that say what it is.",
    step=DELIVER,
    sitter="optional",
    layers="any",
    go="_Write",
)
AGAIN = Action(
    "headshots-again",
    "Make _again from layer...",
    "Makes what is in the chosen layer again, with its recipe as it was, or changed.",
    layers="one",
    go="_Make",
)
FORGET = Action(
    "headshots-forget",
    "For_get sitter...",
    "Removes everything that is stored of a sitter on this machine.",
    sitter="needed",
    go="_Forget",
)
SETTINGS = Action(
    "headshots-settings",
    "Settings and _diagnostics...",
    "Says how things stand with headshots on this machine, and what to do.",
    go="_Look again",
)

ACTIONS = (
    MAKE,
    ENROL,
    SCORE_PICTURE,
    REFINE,
    RETOUCH,
    RELIGHT,
    BACKDROP,
    KEEP,
    MASK_CHANNELS,
    DELIVER_LAYER,
    RUN,
    AGAIN,
    FORGET,
    SETTINGS,
)
