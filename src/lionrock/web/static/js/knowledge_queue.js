// How far the files are that are being taken in, asked for while something is open and the page is seen.
import { all, failed, fragment, one, send, t } from "./page.js";
import { ask } from "./shell.js";
import { main, replace } from "./knowledge.js";

const EVERY = 1500, KEPT = "lionrock-batches", AT_ONCE = 20, MANY = 50;
const panel = one("#queue"), holder = one("#batches");
const wanted = new Set();
let timer = 0, running = false, changed = () => {}, before = "";

const sections = () => all("[data-batch]", holder);
const open = () => sections().filter((section) => Number(section.dataset.open));
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");

function tell() {
  const every = sections();
  const total = every.reduce((sum, { dataset }) => sum + Number(dataset.total), 0);
  const waiting = every.reduce((sum, { dataset }) => sum + Number(dataset.open), 0);
  panel.hidden = !total;
  panel.classList.toggle("many", total > MANY);
  one("#queue-count").textContent = t("{done} of {n} read", { done: total - waiting, n: total });
  one("#queue-bar").value = total ? (total - waiting) / total : 0;
  one("#queue-bar").hidden = !waiting;
  one("#queue-tools").hidden = !waiting || panel.dataset.steered !== "true";
  one("#close-queue").hidden = Boolean(waiting);
  const paused = open().some((section) => section.dataset.paused === "true");
  one('[data-queue="pause"]').hidden = paused;
  one('[data-queue="resume"]').hidden = !paused;
  sessionStorage.setItem(KEPT, JSON.stringify(every.map((section) => section.dataset.batch).slice(-AT_ONCE)));
}

function put(fresh) {
  replace(holder, () => {
    for (const section of all("[data-batch]", fresh)) {
      wanted.delete(section.dataset.batch);
      const old = one(`[data-batch="${section.dataset.batch}"]`, holder);
      if (!old) holder.append(section);
      else if (old.outerHTML !== section.outerHTML) old.replaceWith(section);
    }
  });
  tell();
}

async function poll() {
  clearTimeout(timer);
  if (running) return;
  running = true;
  const ids = [...new Set([...wanted, ...open().map((section) => section.dataset.batch)])].slice(0, AT_ONCE);
  try {
    const told = await send(`/ui/library/queue?${new URLSearchParams(ids.map((id) => ["batch", id]))}`);
    put(fragment(await told.text()));
    for (const id of ids) wanted.delete(id);
    const state = JSON.stringify(sections().map(({ dataset }) => [dataset.batch, dataset.open]));
    if (state !== before) changed();
    before = state;
  } catch (error) {
    // The next time may go well; while the server is away nothing is told again and again.
    if (error.status && error.status !== 429) failed(error);
  }
  running = false;
  later();
}

function later() {
  clearTimeout(timer);
  if ((open().length || wanted.size) && !document.hidden) timer = setTimeout(poll, EVERY);
}

export async function showQueue(ids = []) {
  for (const id of ids) wanted.add(id);
  await poll();
}

async function steer(button) {
  const kind = button.dataset.queue;
  if (kind === "cancel" && !(await ask(one("#cancel-dialog")))) return;
  const ids = open().map((section) => section.dataset.batch);
  try {
    for (const id of ids) await send(`/api/v1/batches/${id}/${kind}`, { method: "POST" });
  } catch (error) {
    failed(error);
  }
  await showQueue(ids);
  const other = { pause: "resume", resume: "pause" }[kind];
  if (other) one(`[data-queue="${other}"]`).focus();
}

export function startQueue(refresh) {
  let wait = 0;
  changed = () => { if (!wait) wait = setTimeout(() => { wait = 0; refresh(); }, 400); };
  before = JSON.stringify(sections().map(({ dataset }) => [dataset.batch, dataset.open]));
  main.addEventListener("click", (event) => {
    const button = event.target.closest("[data-queue]");
    if (button) steer(button);
    if (event.target.closest("#close-queue")) { holder.replaceChildren(); tell(); one("#main").focus(); }
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) later(); });
  for (const id of kept()) wanted.add(id);
  tell();
  if (wanted.size) poll();
  else later();
}
