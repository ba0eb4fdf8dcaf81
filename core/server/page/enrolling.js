// The form for a new sitter, with their consent.
import { find, finished, problem, send, text, upload } from "./calls.js";
import { open } from "./form.js";
import { day } from "./side.js";

let days = 30;
let ways = []; // how consent is given

export const offerConsent = (retention, given) => ([days, ways] = [retention, given]);

export function enrol(changed, tell) {
  const until = new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const dialog = find("enrolling");
  const which = dialog.querySelector(".which"); // asked only where it is needed
  dialog.querySelector(".until").textContent = day(until);
  dialog.querySelector("[name=until]").max = until;
  dialog.querySelector("[name=how]").replaceChildren(...ways.map((way) => new Option(way)));
  open(dialog, async (form, say) => {
    const { name, photos, how, face } = form.elements;
    const pictures = [];
    for (const file of photos.files) {
      say(`Reading ${file.name}`);
      pictures.push(await upload(file));
    }
    const uses = [...form.querySelectorAll("[name=uses]:checked")].map((each) => each.value);
    const last = form.elements.until.value;
    const job = await send("POST", "/v1/identities", {
      name: name.value, pictures, face: face.value,
      consent: { how: how.value, uses, ...(last && { until: last }) },
    });
    changed();
    say("Looking at the photos");
    const ended = await finished(job.id);
    if (ended.error?.code === "face.several") which.hidden = false;
    if (ended.error) throw new Error(problem(ended.error));
    which.hidden = true;
    tell(await text(job.id, "report"));
    form.reset();
    changed();
  });
}

const drop = find("enrolling").querySelector(".drop");
for (const name of ["dragenter", "dragover"])
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.dataset.over = ""; });
for (const name of ["dragleave", "drop"])
  drop.addEventListener(name, () => delete drop.dataset.over);
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.querySelector("input").files = event.dataTransfer.files;
});
