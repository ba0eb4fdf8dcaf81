// The photos of "Read photos" and "Read pictures" as small pictures: dropped, chosen, taken away.
// The value stays what a recipe holds: a name in the input folder, or a folder's, on each line.
import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { first } from "./copies.js";
import { say } from "./words.js";

const TYPE = "HEADSHOTS_PHOTOS";
const NODES = {
  HeadshotsReadPhotos: "Drop photos of one person here",
  HeadshotsReadPictures: "Drop finished pictures here",
};
const FOLDER = "headshots"; // within the input folder: where uploads go
const KINDS = "image/*,.heic,.heif,.dng,.cr2,.cr3,.nef,.arw,.raf,.orf,.rw2";
const WIDTH = 384;
const HEIGHT = 232;

const ask = (path, name) => `/headshots/${path}?${new URLSearchParams({ name })}`;
const element = (kind, name, text = "") =>
  Object.assign(document.createElement(kind), { className: name, textContent: text });

async function upload(file) {
  const body = new FormData();
  body.append("image", file);
  body.append("subfolder", FOLDER);
  const answer = await api.fetchApi("/upload/image", { method: "POST", body });
  if (!answer.ok) throw new Error(`${file.name} ${say("could not be copied")}: ${answer.statusText}`);
  const { name, subfolder } = await answer.json();
  return subfolder ? `${subfolder}/${name}` : name;
}

function tile(line, remove) {
  const box = element("div", "headshots-tile");
  const away = element("button", "headshots-away", "×");
  away.type = "button";
  away.title = say("Take it away; the file stays");
  away.onclick = () => remove(line);
  const words = element("span", "", line.split("/").pop());
  box.title = line;
  box.append(words, away);
  api.fetchApi(ask("photos", line)).then(async (answer) => {
    const files = answer.ok ? await answer.json() : [];
    if (!files.length) {
      box.classList.add("headshots-missing");
      box.append(element("span", "", say("not there")));
      return;
    }
    const picture = new Image();
    picture.alt = "";
    picture.loading = "lazy"; // only those in sight are read
    picture.draggable = false;
    picture.src = api.apiURL(ask("photo.jpg", files[0]));
    box.prepend(picture);
    if (files[0] !== line) words.textContent = `${line}: ${files.length}`;
  });
  return box;
}

function photos(node, name) {
  const box = element("div", "headshots-photos");
  const grid = element("div", "headshots-tiles");
  const bar = element("div", "headshots-bar");
  const add = element("button", "", say("Add photos"));
  add.type = "button";
  const typed = element("input", "");
  typed.placeholder = say("or a file or folder in ComfyUI's input folder");
  const chooser = Object.assign(element("input", ""), { type: "file", multiple: true, accept: KINDS });
  bar.append(add, typed);
  box.append(grid, bar);
  let lines = [];

  const changed = () => {
    show();
    widget.callback?.(widget.value);
    app.graph.setDirtyCanvas(true, true);
  };
  const remove = (line) => {
    lines = lines.filter((each) => each !== line);
    changed();
  };
  const show = () => {
    const hint = element("p", "headshots-hint", say(NODES[node.comfyClass]));
    grid.replaceChildren(...(lines.length ? lines.map((each) => tile(each, remove)) : [hint]));
  };
  const take = async (files) => {
    box.classList.add("headshots-busy");
    try {
      for (const file of files) {
        const line = await upload(file);
        if (!lines.includes(line)) lines = [...lines, line];
      }
    } catch (error) {
      app.extensionManager.toast.add({ severity: "error", summary: "headshots", detail: error.message });
    } finally {
      box.classList.remove("headshots-busy");
      changed();
    }
  };

  add.onclick = () => chooser.click();
  chooser.onchange = () => {
    take([...chooser.files]);
    chooser.value = "";
  };
  typed.onchange = () => {
    const line = typed.value.trim();
    typed.value = "";
    if (line && !lines.includes(line)) lines = [...lines, line];
    changed();
  };
  const files = (event) => [...(event.dataTransfer?.items ?? [])].some((each) => each.kind === "file");
  box.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    event.stopPropagation();
    box.classList.add("headshots-over");
  });
  box.addEventListener("dragleave", () => box.classList.remove("headshots-over"));
  box.addEventListener("drop", (event) => {
    box.classList.remove("headshots-over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    event.stopPropagation(); // else the editor opens what the photo's metadata hold
    take([...event.dataTransfer.files]);
  });
  // Beside the widget, on the node's frame.
  node.onDragOver = files;
  node.onDragDrop = (event) => {
    if (!event.dataTransfer.files.length) return false;
    take([...event.dataTransfer.files]);
    return true;
  };
  grid.addEventListener("wheel", (event) => {
    if (grid.scrollHeight > grid.clientHeight && !event.ctrlKey) event.stopPropagation();
  });

  const widget = node.addDOMWidget(name, TYPE, box, {
    getValue: () => lines.join("\n"),
    setValue: (value) => {
      const read = String(value ?? "").split("\n").map((each) => each.trim()).filter(Boolean);
      if (read.join("\n") === lines.join("\n") && grid.children.length) return;
      lines = read;
      show();
    },
    getMinHeight: () => HEIGHT,
  });
  show();
  return { widget };
}

if (first) app.registerExtension({
  name: "headshots.photos",
  getCustomWidgets: () => ({ [TYPE]: (node, name) => photos(node, name) }),
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (!(nodeData.name in NODES)) return;
    const inputs = nodeData.input.required;
    inputs.paths = [TYPE, inputs.paths[1]];
  },
  nodeCreated(node) {
    if (!(node.comfyClass in NODES)) return;
    node.setSize([Math.max(node.size[0], WIDTH), node.computeSize()[1]]);
  },
});
