// Shows the text that a node of ours made in the node itself: a report, notes, the paths of files.
// ComfyUI shows pictures of any node, but text of its own nodes only.
import { app } from "../../../scripts/app.js";
import { ComfyWidgets } from "../../../scripts/widgets.js";
import { first } from "./copies.js";

const NAME = "result"; // "Nodes 2.0" shows it above the text
const LEAST_WIDTH = 270; // of ComfyUI's own nodes with something to fill in; titles fit into it
const LEAST_HEIGHT = 60; // of the text, which ComfyUI would shrink to two lines beside another
const MOST_HEIGHT = 124; // that it takes by itself; longer text is scrolled, or the node drawn larger
const LINE = 15; // pixels
const SIGN = 6.6; // pixels of a sign's width

// The height of `text` in a node, within limits.
function heightOf(text, node) {
  const signs = Math.max(20, (node.size[0] - 40) / SIGN);
  const lines = text.split("\n").reduce((sum, line) => sum + Math.ceil((line.length || 1) / signs), 0);
  return Math.min(Math.max(lines * LINE + 12, LEAST_HEIGHT), MOST_HEIGHT);
}

function textBox(node) {
  const there = node.widgets?.find((widget) => widget.name === NAME);
  if (there) return there;
  const { widget } = ComfyWidgets.STRING(node, NAME, ["STRING", { multiline: true }], app);
  widget.options.read_only = true;
  widget.options.getMinHeight = () => heightOf(String(widget.value ?? ""), node);
  if (widget.inputEl) widget.inputEl.readOnly = true;
  // It is a result: neither saved with the graph nor sent with the prompt.
  widget.serialize = false;
  widget.options.serialize = false;
  return widget;
}

const ours = (name) => name?.startsWith("Headshots");

if (first) app.registerExtension({
  name: "headshots.text",
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (!ours(nodeData.name)) return;
    const executed = nodeType.prototype.onExecuted;
    nodeType.prototype.onExecuted = function (output) {
      executed?.apply(this, arguments);
      if (!output?.text?.length) return;
      textBox(this).value = output.text.join("\n");
      const [width, height] = this.computeSize();
      this.setSize([Math.max(this.size[0], width), Math.max(this.size[1], height)]);
      this.setDirtyCanvas(true, true);
    };
  },
  nodeCreated(node) {
    if (!ours(node.comfyClass)) return;
    const [width, height] = node.size;
    node.setSize([Math.max(width, LEAST_WIDTH), height]);
  },
});
