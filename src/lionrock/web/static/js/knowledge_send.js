// Sending files: chosen or dropped, whole folders too, a few at a time. What is not sent is told with the reason.
import { all, failed, json, make, one, t, toast } from "./page.js";
import { main } from "./knowledge.js";

const FILES = 8, BYTES = 16e6, LANES = 2, TRIES = 5, LISTED = 200;
const library = one("#library");
const endings = new Set(library.dataset.endings.split(" ")), largest = Number(library.dataset.largest);
let stopping = null, unsent = [], showQueue = async () => {};

// -- which files

async function walk(entry, path, found, refused) {
  const name = path + entry.name;
  if (entry.isFile) {
    try {
      found.push({ path: name, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    } catch (error) {
      refused.push({ path: name, why: t("it could not be read ({why})", { why: error.message }) });
    }
    return;
  }
  const reader = entry.createReader();
  let empty = true;
  try {
    for (;;) {
      // A folder is told in parts, and ends with an empty one.
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!entries.length) break;
      empty = false;
      for (const inner of entries) await walk(inner, `${name}/`, found, refused);
    }
    if (empty) refused.push({ path: name, why: t("the folder is empty") });
  } catch (error) {
    refused.push({ path: name, why: t("it could not be read ({why})", { why: error.message }) });
  }
}

async function reason({ file, path }) {
  const name = path.split("/").pop(), ending = /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? "";
  if (!file.size) return t("it is empty");
  if (file.size > largest) return t("it is larger than {n} MB, the most that is accepted here", { n: Math.floor(largest / 1e6) });
  if (name.startsWith("~$")) return t("it only says that someone has the file open");
  let head;
  try {
    head = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  } catch (error) {
    return t("it could not be read ({why})", { why: error.message });
  }
  // A text may have any ending; other kinds are told by theirs.
  const wide = head[0] + head[1] === 0xff + 0xfe;
  if (!endings.has(ending) && head.includes(0) && !wide) return t("files of this kind ({kind}) are not read", { kind: ending || "?" });
  return null;
}

const lines = (items) => [
  ...items.slice(0, LISTED).map(({ path, why }) => make("li", {}, make("span", { class: "name", dir: "auto" }, path), " ", make("span", { class: "why" }, why))),
  ...(items.length > LISTED ? [make("li", { class: "soft" }, t("and {n} more", { n: items.length - LISTED }))] : []),
];

async function offer(gather) {
  const dialog = one("#add-dialog"), go = one("#add-go");
  const found = [], refused = [], good = [];
  one("#add-title").textContent = t("Add files");
  one("#add-busy").hidden = false;
  one("#add-refused").hidden = true;
  go.disabled = true;
  dialog.returnValue = "";
  if (!dialog.open) dialog.showModal();
  await gather(found, refused);
  for (const item of found) {
    const why = await reason(item);
    if (why) refused.push({ ...item, why });
    else good.push(item);
  }
  one("#add-busy").hidden = true;
  one("#add-title").textContent = t("Files to add: {n}", { n: good.length });
  one("#add-refused").hidden = !refused.length;
  one("#add-refused-files").replaceChildren(...lines(refused));
  go.disabled = !good.length;
  if (good.length) go.focus();
  dialog.onclose = () => {
    dialog.onclose = null;
    if (dialog.returnValue !== "ok") return;
    const fields = { collection: one("#add-folder").value, department: one("#add-department").value.trim(), classification: one("#add-level").value };
    sendAll(good.map((item) => ({ ...item, fields })));
  };
}

// -- sending

function chunks(items) {
  const found = [];
  let size = 0;
  for (const item of items) {
    const open = found.at(-1);
    if (open && open.length < FILES && size + item.file.size <= Math.min(BYTES, largest)) open.push(item);
    else { found.push([item]); size = 0; }
    size += item.file.size;
  }
  return found;
}

async function sendOne(items, signal) {
  const form = new FormData();
  for (const { file, path } of items) {
    form.append("files", file, file.name);
    form.append("sources", path);
  }
  for (const [name, value] of Object.entries(items[0].fields)) if (value) form.append(name, value);
  form.append("wait", "false");
  for (let tries = 1; ; tries += 1) {
    try {
      return (await json("/api/v1/ingest", { method: "POST", body: form, signal })).batch_id;
    } catch (error) {
      if (error.status !== 429 || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 3000));
      signal.throwIfAborted();
    }
  }
}

async function sendAll(items) {
  const waiting = chunks(items);
  let done = 0;
  const tell = () => {
    one("#sending").hidden = false;
    one("#sent").textContent = t("{done} of {n} sent", { done, n: items.length });
    one("#sent-bar").value = items.length ? done / items.length : 1;
  };
  stopping = new AbortController();
  const { signal } = stopping;
  tell();
  one("#stop-sending").focus();
  const lane = async () => {
    while (waiting.length && !signal.aborted) {
      const chunk = waiting.shift();
      try {
        const batch = await sendOne(chunk, signal);
        done += chunk.length;
        tell();
        showQueue([batch]);
      } catch (error) {
        if (signal.aborted) return;
        // One of several may be the cause: each by itself, so that it stops no other.
        if (chunk.length > 1 && error.status) waiting.unshift(...chunk.map((item) => [item]));
        else unsent.push(...chunk.map((item) => ({ ...item, why: error.message })));
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const focused = one("#sending").contains(document.activeElement);
  one("#sending").hidden = true;
  if (focused) (one("#queue").hidden ? main : one("#batches")).focus({ preventScroll: true });
  toast(signal.aborted ? t("Cancelled; {done} of {n} were sent.", { done, n: items.length }) : t("{done} of {n} sent", { done, n: items.length }));
  stopping = null;
  tellUnsent();
}

function tellUnsent() {
  one("#unsent").hidden = !unsent.length;
  one("#unsent-files").replaceChildren(...lines(unsent));
}

// -- dropping

function startDropping() {
  const veil = one("#drop");
  let depth = 0;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const veiled = (on) => { depth = on ? depth : 0; veil.hidden = !on; };
  addEventListener("dragenter", (event) => { if (carries(event)) { depth += 1; veiled(true); } });
  addEventListener("dragleave", (event) => { if (carries(event) && (depth -= 1) <= 0) veiled(false); });
  addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veiled(false);
    if (stopping) { toast(t("Wait until the files before are sent.")); return; }
    // Entries are only given while the event lasts.
    const entries = [...event.dataTransfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
    offer(async (found, refused) => {
      for (const entry of entries) {
        if (entry instanceof File) found.push({ path: entry.name, file: entry });
        else if (entry) await walk(entry, "", found, refused);
      }
    }).catch(failed);
  });
}

export function startSending(show) {
  showQueue = show;
  startDropping();
  main.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.choose) {
      if (stopping) toast(t("Wait until the files before are sent."));
      else one(`#${button.dataset.choose}`).click();
    }
    if (button?.id === "stop-sending") stopping?.abort();
    if (button?.id === "forget-unsent") { unsent = []; tellUnsent(); one("#main").focus(); }
    if (button?.id === "send-again" && !stopping) { const again = unsent; unsent = []; tellUnsent(); sendAll(again); }
  });
  for (const input of all("#choose-files, #choose-folder")) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      if (files.length) offer(async (found) => { for (const file of files) found.push({ path: file.webkitRelativePath || file.name, file }); }).catch(failed);
    });
  }
  one("#add-folder").addEventListener("change", (event) => { one("#add-department").placeholder = event.target.selectedOptions[0].dataset.department; });
  addEventListener("beforeunload", (event) => { if (stopping) event.preventDefault(); });
}
