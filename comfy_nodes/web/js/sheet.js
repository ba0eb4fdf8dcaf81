// Makes "Contact sheet" as high as its sheet is at the node's width, so that its words can be read.
import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { first } from "./copies.js";

const MARGIN = 24; // around the picture, with its size in pixels below

if (first) app.registerExtension({
  name: "headshots.sheet",
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name !== "HeadshotsContactSheet") return;
    const executed = nodeType.prototype.onExecuted;
    nodeType.prototype.onExecuted = function (output) {
      executed?.apply(this, arguments);
      const [shown] = output?.images ?? [];
      if (!shown) return;
      const picture = new Image();
      picture.onload = () => {
        const [width, bare] = [this.size[0], 30 + 24 * this.inputs.length];
        const high = bare + MARGIN + (width * picture.naturalHeight) / picture.naturalWidth;
        this.setSize([width, Math.max(this.size[1], high)]);
        this.setDirtyCanvas(true, true);
      };
      picture.src = api.apiURL(`/view?${new URLSearchParams(shown)}`);
    };
  },
});
