// The page: looks every second at what the server has, and shows one job.
import { ask, call, find, hasEnded, problem, remove } from "./calls.js";
import { prepareDelivery } from "./delivering.js";
import { enrol, offerConsent } from "./enrolling.js";
import { offerLooks } from "./looks.js";
import { make, offerRecipes, offerSitters } from "./making.js";
import { clear, openSheet } from "./sheet.js";
import { showJobs, showSitters, state } from "./side.js";

let shown = null; // id of the job that is shown
let chosen = false; // by the person; else the latest is shown
let dresses = [];
let stage = ""; // what is shown of it

let looking = null; // the look that is under way
let again = false; // whether another has to follow it

// Looks at what the server has. One look at a time: none is overtaken by what an older one found.
function refresh() {
  again = true;
  looking ??= (async () => {
    while (again) {
      again = false;
      await look();
    }
    looking = null;
  })();
  return looking;
}

async function look() {
  const before = shown;
  try {
    const [health, jobs, sitters] = await Promise.all(
      ["/v1/health", "/v1/jobs", "/v1/identities"].map(ask),
    );
    const stands = health.ready ? `ready, version ${health.version}` : health.remedies.join(" ");
    say([stands, ...health.warnings].join(". "), health.ready && !health.warnings.length);
    find("seen").hidden = !health.notices.length;
    find("seen").onclick = async () => {
      for (const id of health.notices) await remove(`/v1/notices/${id}`);
      await refresh();
      find("enrol").focus(); // the button is gone
    };
    if (shown !== before) return; // another was opened meanwhile, which is looked at next
    if (!jobs.some((job) => job.id === shown)) [shown, chosen] = [null, false];
    if (!chosen) shown = latest(jobs)?.id ?? null;
    showJobs(jobs, shown, open, refresh);
    showSitters(sitters, refresh);
    offerSitters(sitters);
    await showJob(jobs.find((job) => job.id === shown));
  } catch (error) {
    say(error instanceof TypeError ? "The server has stopped. Start it again." : error.message, false);
  }
}

function say(told, well) {
  find("health").textContent = told;
  find("health").dataset.well = well;
}

// What a person wants to see without asking: what is being made, else what was made last.
const latest = (jobs) =>
  jobs.findLast((job) => job.state === "running" && job.previews) ??
  jobs.findLast((job) => job.state === "done" && job.previews) ??
  jobs.at(-1);

function open(id) {
  [shown, chosen] = [id, true];
  refresh();
}

async function showJob(job) {
  const wanted = job ? (job.error ? "trouble" : job.state === "done" ? "sheet" : "going") : "nothing";
  const changed = stage !== `${job?.id} ${wanted}`;
  stage = `${job?.id} ${wanted}`;
  if (changed) {
    clear();
    for (const each of ["nothing", "trouble", "going"]) find(each).hidden = each !== wanted;
    find("going").querySelector("img").removeAttribute("src");
    find("stage-title").textContent = { sheet: "Contact sheet", nothing: "Contact sheet" }[wanted] ?? job.title;
  }
  if (wanted === "going") await follow(job);
  if (wanted === "trouble") {
    find("trouble").querySelector("h3").textContent = job.error.what;
    find("trouble").querySelector("p").textContent = job.error.remedy;
  }
  if (wanted === "sheet" && changed) await sheetOf(job);
}

async function sheetOf(job) {
  try {
    await openSheet(job);
  } catch {
    // A job that scored nothing says what it did in words.
    const results = await ask(`/v1/jobs/${job.id}/results`);
    const told = results.filter((each) => each.kind === "STRING" && each.value).map((each) => each.value);
    find("stage-title").textContent = job.title;
    find("told").textContent = told.at(-1) ?? "Done.";
  }
}

let drawn = 0; // previews of the job that were drawn

async function follow(job) {
  const going = find("going");
  const img = going.querySelector("img");
  going.querySelector("p").textContent = hasEnded(job) ? "Stopped." : state(job);
  going.querySelector("progress").value = job.share;
  going.querySelector("progress").hidden = hasEnded(job);
  img.hidden = !img.src;
  if (!job.previews || hasEnded(job) || (img.src && drawn === job.previews)) return;
  drawn = job.previews;
  try {
    const blob = await (await call(`/v1/jobs/${job.id}/preview?longest=1024`)).blob();
    if (img.src) URL.revokeObjectURL(img.src);
    img.src = URL.createObjectURL(blob);
    img.hidden = false;
  } catch {
    // It has ended meanwhile.
  }
}

find("make").onclick = async () => {
  await ways().catch(() => {}); // then the studio alone is offered
  make((job) => open(job.id));
};

// What can be run changes with the ComfyUI that runs, so it is asked each time.
async function ways() {
  const recipes = (await ask("/v1/recipes")).filter((each) => each.comfyui);
  const documents = await Promise.all(recipes.map((each) => ask(`/v1/recipes/${each.name}`)));
  const needed = ["Sitter", "Look"]; // nodes that the form fills in
  const pairs = recipes.map((each, number) => [each.name, documents[number]]).filter(([, document]) => {
    const titles = Object.values(document).map((each) => each._meta?.title);
    return needed.every((each) => titles.includes(each));
  });
  offerRecipes(recipes, Object.fromEntries(pairs), dresses);
}

find("enrol").onclick = () => enrol(refresh, (told) => (find("told").textContent = told));

const facts = ["/v1/steps", "/v1/looks", "/v1/health", "/v1/consent"].map(ask);
Promise.all(facts).then(([steps, looks, health, consent]) => {
  prepareDelivery(steps, refresh);
  dresses = steps.find((each) => each.id === "HeadshotsClothes").inputs
    .find((each) => each.name === "dress").choices;
  offerLooks(looks);
  offerConsent(health.retention_days, consent.ways);
}, () => {}); // what is wrong, `refresh` says
find("cells").addEventListener("focusin", () => (chosen = true)); // another job takes it away no more
refresh();
setInterval(() => looking ?? refresh(), 1000);
