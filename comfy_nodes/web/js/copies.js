// Says once that two copies of the pack are installed: their nodes have the same names, and only one
// copy's can be used.
import { app } from "../../../scripts/app.js";
import { say } from "./words.js";

const folder = decodeURIComponent(new URL(import.meta.url).pathname).split("/extensions/")[1].split("/")[0];
const copies = (globalThis.headshotsCopies ??= []);
copies.push(folder);

export const first = copies.length === 1;

if (first)
  app.registerExtension({
    name: "headshots.copies",
    setup() {
      if (copies.length === 1) return;
      app.extensionManager.toast.add({
        severity: "warn",
        summary: say("headshots is installed twice"),
        detail: `${say("Remove one of these folders from custom_nodes, and start ComfyUI again:")} ${copies.sort().join(", ")}`,
      });
    },
  });
