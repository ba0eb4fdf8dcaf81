// The looks of "Choose look" as pictures to click, several of them in the order of the clicks.
import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { first } from "./copies.js";
import { say } from "./words.js";

const TYPE = "HEADSHOTS_LOOKS";
const WIDTH = 384; // of a new node: four pictures in a row
const HEIGHT = 284; // of the widget: two rows, and a part of the third

let told; // the looks with title and description, asked for once

const looks = () =>
  (told ??= api.fetchApi("/headshots/looks").then((answer) => (answer.ok ? answer.json() : [])));

function tile(name, { title, description } = {}) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "headshots-tile";
  button.dataset.name = name;
  button.title = description ?? say("There is no such look any more. Click it away.");
  const words = document.createElement("span");
  words.textContent = title ?? name;
  const picture = new Image();
  picture.alt = "";
  picture.loading = "lazy";
  picture.draggable = false;
  if (title) picture.src = api.apiURL(`/headshots/looks/${encodeURIComponent(name)}.png`);
  button.append(picture, words);
  return button;
}

function chooser(node, name, options) {
  const grid = document.createElement("div");
  grid.className = "headshots-tiles";
  let chosen = [...(options.default ?? [])];
  let known = options.options.map((each) => ({ name: each, title: each }));

  const mark = () => {
    for (const each of grid.children) {
      const place = chosen.indexOf(each.dataset.name);
      each.setAttribute("aria-pressed", String(place >= 0));
      if (place >= 0 && chosen.length > 1) each.dataset.place = place + 1;
      else delete each.dataset.place;
    }
  };
  const show = () => {
    const names = known.map((each) => each.name);
    const gone = chosen.filter((each) => !names.includes(each));
    grid.replaceChildren(
      ...gone.map((each) => tile(each)),
      ...known.map((each) => tile(each.name, each)),
    );
    mark();
  };
  grid.addEventListener("click", (event) => {
    const name = event.target.closest(".headshots-tile")?.dataset.name;
    if (!name) return;
    const left = chosen.filter((each) => each !== name);
    chosen = left.length === chosen.length ? [...chosen, name] : left.length ? left : chosen;
    mark();
    widget.callback?.(chosen);
    app.graph.setDirtyCanvas(true, true);
  });
  // The wheel moves the tiles, as long as there is more of them; else the canvas.
  grid.addEventListener("wheel", (event) => {
    if (grid.scrollHeight > grid.clientHeight && !event.ctrlKey) event.stopPropagation();
  });

  const widget = node.addDOMWidget(name, TYPE, grid, {
    getValue: () => [...chosen],
    setValue: (value) => {
      chosen = Array.isArray(value) && value.length ? [...value] : [...(options.default ?? [])];
      show();
    },
    getMinHeight: () => HEIGHT,
  });
  show();
  looks().then((found) => {
    if (found.length) known = found;
    show();
  });
  return { widget, minWidth: WIDTH };
}

if (first) app.registerExtension({
  name: "headshots.looks",
  init() {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("../headshots.css", import.meta.url);
    document.head.append(style);
  },
  getCustomWidgets: () => ({
    [TYPE]: (node, name, [, options]) => chooser(node, name, options),
  }),
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name !== "HeadshotsChooseLook") return;
    const inputs = nodeData.input.optional;
    inputs.looks = [TYPE, inputs.looks[1]];
  },
  nodeCreated(node) {
    if (node.comfyClass !== "HeadshotsChooseLook") return;
    node.setSize([Math.max(node.size[0], WIDTH), node.computeSize()[1]]);
  },
});
