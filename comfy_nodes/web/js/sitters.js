// The sitter of "Load sitter" chosen from those who are stored, by name. What is saved and sent is
// their id, which names nobody.
import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { first } from "./copies.js";
import { say } from "./words.js";

const TYPE = "HEADSHOTS_SITTER";
const NODES = ["HeadshotsLoadSitter", "HeadshotsForgetSitter"];
const HEIGHT = 44; // with the margins that the editor leaves around it

function sitter(node, name) {
  const box = document.createElement("div");
  box.className = "headshots-sitter";
  const select = document.createElement("select");
  select.setAttribute("aria-label", "sitter");
  const typed = document.createElement("input");
  typed.placeholder = say("name or id");
  box.append(select);
  let value = "";
  let stored = [];

  const same = (one, other) => one.localeCompare(other, undefined, { sensitivity: "accent" }) === 0;
  const show = () => {
    const known = stored.find((each) => each.id === value || same(each.name, value));
    if (known) value = known.id;
    const options = stored.map((each) => new Option(each.name, each.id));
    const lacking = value
      ? new Option(`${value}: ${say("not stored here")}`, value)
      : new Option(say(stored.length ? "Choose a sitter" : "Nobody is stored yet"), "");
    select.replaceChildren(...(known ? [] : [lacking]), ...options);
    select.value = value;
    select.classList.toggle("headshots-missing", !known);
    typed.value = value;
  };
  const refresh = async () => {
    const answer = await api.fetchApi("/headshots/sitters");
    const said = answer.ok || answer.status === 409 ? await answer.json() : null;
    if (Array.isArray(said)) stored = said;
    // Where others may reach the server, or the vault is locked, the list isn't to be had.
    box.replaceChildren(Array.isArray(said) ? select : typed);
    box.title = said?.error ?? "";
    show();
  };
  const set = (next) => {
    value = next.trim();
    show();
    widget.callback?.(value);
    app.graph.setDirtyCanvas(true, true);
  };
  select.onchange = () => set(select.value);
  typed.onchange = () => set(typed.value);
  // Somebody may have been stored or forgotten since.
  select.addEventListener("pointerenter", refresh);
  select.addEventListener("focus", refresh);

  const widget = node.addDOMWidget(name, TYPE, box, {
    getValue: () => value,
    setValue: (next) => {
      value = String(next ?? "").trim();
      show();
    },
    getMinHeight: () => HEIGHT,
    getMaxHeight: () => HEIGHT,
  });
  show();
  refresh();
  return { widget };
}

if (first) app.registerExtension({
  name: "headshots.sitters",
  getCustomWidgets: () => ({ [TYPE]: (node, name) => sitter(node, name) }),
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (!NODES.includes(nodeData.name)) return;
    const inputs = nodeData.input.required;
    inputs.name = [TYPE, inputs.name[1]];
  },
});
