// Calls to the server. The token comes in the address's fragment, which browsers send to nobody; it
// stays in this tab.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", location.pathname);
}

export async function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem("token")}`, ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({ what: `HTTP ${answer.status}`, remedy: "" }));
    throw new Error(`${problem.what}. ${problem.remedy}`);
  }
  return answer;
}

export const ask = async (path) => (await call(path)).json();

export const send = async (method, path, body) =>
  (await call(path, {
    method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  })).json();

export const remove = (path) => call(path, { method: "DELETE" });

export const upload = async (file) => (await (await call(
  `/v1/pictures?name=${encodeURIComponent(file.name)}`,
  { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } },
)).json()).id;

export const picture = async (path) => URL.createObjectURL(await (await call(path)).blob());

export const hasEnded = (job) => ["done", "failed", "cancelled"].includes(job.state);

// The job once it has ended; nothing if it isn't wanted any more meanwhile.
export async function finished(id, wanted = () => true) {
  while (wanted()) {
    const job = await ask(`/v1/jobs/${id}`);
    if (hasEnded(job)) return job;
    await new Promise((later) => setTimeout(later, 300));
  }
}

export async function text(id, output) {
  const results = await ask(`/v1/jobs/${id}/results`);
  return results.find((each) => each.output === output)?.value ?? "";
}

export const find = (id) => document.getElementById(id);
export const stamped = (id) => find(id).content.firstElementChild.cloneNode(true);
export const problem = (error) => `${error.what}. ${error.remedy}`;
