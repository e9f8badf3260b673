// The list: views without a reload, choosing documents, what is done with the chosen ones, folders.
import { all, failed, html, json, make, one, root, send, t, toast } from "./page.js";
import { ask, openMenu } from "./shell.js";
import { change, during, left, main, part, replace, words } from "./knowledge.js";
import { showQueue, startQueue } from "./knowledge_queue.js";
import { startSending } from "./knowledge_send.js";

const list = one("#list"), folders = one("#folders"), filters = one("#filters");
const chosen = new Map();
let last = null, asked = null;

const boxes = () => all(".pick input", list);
const plain = (error) => { if (error.name !== "AbortError") failed(error); };

// -- views

async function show(search) {
  asked?.abort();
  asked = new AbortController();
  const fresh = await html(`/ui/library/list${search}`, { signal: asked.signal });
  replace(list, () => list.replaceChildren(fresh));
  for (const id of [...chosen.keys()]) if (!one(`[data-document="${id}"]`, list)) chosen.delete(id);
  for (const box of boxes()) box.checked = chosen.has(box.value);
  tellChosen();
}

async function showFolders() {
  const fresh = await part("folders", location.search);
  replace(folders, () => folders.replaceChildren(fresh));
  const known = all("[data-folder]", folders).map(({ dataset: d }) => [d.folder, `${d.name} (${d.department})`, d.department]);
  for (const select of [one("#move-to"), one("#add-folder")]) {
    const value = select.value;
    select.replaceChildren(select.options[0], ...known.map(([id, label, department]) => make("option", { value: id, "data-department": department }, label)));
    select.value = known.some(([id]) => id === value) ? value : select.options[0].value;
  }
}

export const refresh = () => Promise.all([show(location.search), showFolders()]).catch(plain);

async function view(address, { keep = false } = {}) {
  const url = new URL(address, location.href), query = url.searchParams;
  if (!keep) history.pushState({}, "", url);
  for (const name of ["collection", "text", "status", "finding", "tag"]) {
    const field = filters.elements[name];
    if (field !== document.activeElement) field.value = query.get(name) ?? "";
  }
  filters.elements.sort.value = query.get("sort") ?? "date";
  const folder = query.get("collection") ?? "";
  if ([...one("#add-folder").options].some((option) => option.value === folder)) one("#add-folder").value = folder;
  chosen.clear();
  list.setAttribute("aria-busy", "true");
  try {
    await Promise.all([show(url.search), showFolders()]);
    if (!keep && !filters.contains(document.activeElement) && !folders.contains(document.activeElement)) {
      list.focus({ preventScroll: true });
      if (query.has("after") || list.getBoundingClientRect().top < 0) list.scrollIntoView();
    }
  } catch (error) {
    plain(error);
  }
  list.removeAttribute("aria-busy");
}

function startViews() {
  let wait = 0;
  const look = () => {
    const fields = [...new FormData(filters)].filter(([name, value]) => value && !(name === "sort" && value === "date"));
    view(`${filters.action}?${new URLSearchParams(fields)}`);
  };
  filters.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(wait); look(); });
  filters.addEventListener("change", (event) => { if (event.target.localName === "select") look(); });
  filters.addEventListener("input", (event) => {
    if (event.target.localName === "select" || event.isComposing) return;
    clearTimeout(wait);
    wait = setTimeout(look, 300);
  });
  addEventListener("popstate", () => view(location.href, { keep: true }));
  main.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    view(link.href);
  });
}

// -- choosing

function tellChosen() {
  const bar = one("#bulk"), every = one("#choose-all");
  if (!bar) return;
  bar.hidden = !chosen.size;
  one("#chosen").textContent = t("{n} chosen", { n: chosen.size });
  every.checked = chosen.size > 0 && chosen.size === boxes().length;
  every.indeterminate = chosen.size > 0 && !every.checked;
}

function choose(box, on) {
  box.checked = on;
  if (on) chosen.set(box.value, { ...box.closest("[data-document]").dataset });
  else chosen.delete(box.value);
}

function startChoosing() {
  list.addEventListener("click", (event) => {
    const box = event.target.closest(".pick input");
    if (!box) return;
    const every = boxes(), from = every.findIndex((other) => other.value === last), to = every.indexOf(box);
    const range = event.shiftKey && from >= 0 ? every.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
    range.forEach((each) => choose(each, box.checked));
    last = box.value;
    tellChosen();
  });
  list.addEventListener("change", (event) => {
    if (event.target.id !== "choose-all") return;
    boxes().forEach((box) => choose(box, event.target.checked));
    tellChosen();
  });
}

// -- what is done with the chosen ones

// The changes that put documents back as they were: one for each way they were.
function backTo(documents, was) {
  const groups = new Map();
  for (const [id, facts] of documents) {
    const body = JSON.stringify(was(facts));
    groups.set(body, [...(groups.get(body) ?? []), id]);
  }
  return async () => {
    for (const [body, ids] of groups) await change(ids, JSON.parse(body));
    await refresh();
    toast(t("Undone."));
  };
}

async function changed(body, was) {
  // What came inside another document goes with it.
  const documents = [...chosen].filter(([, facts]) => !chosen.has(facts.parent));
  const told = await change(documents.map(([id]) => id), body);
  const undo = backTo(documents, was);
  chosen.clear();
  await refresh();
  list.focus({ preventScroll: true });
  toast(t("Documents changed: {n}", { n: told.documents.length }), { label: t("Undo"), run: () => undo().catch(failed) });
}

async function remove() {
  const documents = [...chosen].filter(([, facts]) => !chosen.has(facts.parent)).map(([id]) => id);
  const gone = [];
  try {
    for (const id of documents) {
      await send(`/api/v1/documents/${id}`, { method: "DELETE" });
      gone.push(id);
    }
  } catch (error) {
    failed(error);
  }
  chosen.clear();
  await refresh();
  list.focus({ preventScroll: true });
  if (gone.length) toast(t("Documents deleted: {n}", { n: gone.length }), { label: t("Undo"), run: () => bringBack(gone) });
}

async function bringBack(ids) {
  try {
    for (const id of ids) await send(`/api/v1/documents/${id}/undelete`, { method: "POST", body: {} });
    toast(t("Undone."));
  } catch (error) {
    failed(error);
  }
  await refresh();
}

const place = (facts) => ({ collection: facts.collection || "none", department: facts.department, classification: facts.level });
const BULK = {
  move: () => during(one("#move-dialog"), () => changed({ collection: one("#move-to").value }, place)),
  level: () => during(one("#level-dialog"), () => changed({ classification: one("#level-to").value }, (facts) => ({ classification: facts.level }))),
  keep: () => during(one("#keep-dialog"), () => changed({ retain_until: one("#keep-to").value }, (facts) => ({ retain_until: facts.until }))),
  tags: () => during(one("#tags-dialog"), () => {
    const add = words(one("#tags-add").value), remove = words(one("#tags-remove").value);
    return changed({ add_tags: add, remove_tags: remove }, (facts) => {
      const had = JSON.parse(facts.tags);
      return { add_tags: had.filter((tag) => remove.includes(tag)), remove_tags: add.filter((tag) => !had.includes(tag)) };
    });
  }),
  delete: remove,
  none: () => { boxes().forEach((box) => choose(box, false)); tellChosen(); one("#choose-all").focus(); },
};

// -- folders

function folderDialog(kind, name, act) {
  const dialog = one("#folder-dialog"), title = one("#folder-dialog-title");
  title.textContent = title.dataset[kind];
  one("#folder-place").hidden = kind !== "new";
  one("#folder-name").value = name;
  during(dialog, async () => { await act(one("#folder-name").value); await refresh(); });
}

function folderMenu(button) {
  const { folder: id, name, rename, remove: label, documents } = button.dataset;
  openMenu(button, [
    [rename, () => folderDialog("rename", name, (to) => json(`/api/v1/collections/${id}/change`, { method: "POST", body: { name: to } }))],
    [label, async () => {
      if (Number(documents) && !(await ask(one("#drop-folder-dialog")))) return;
      try {
        await send(`/api/v1/collections/${id}?move_to=none`, { method: "DELETE" });
        if (new URLSearchParams(location.search).get("collection") === id) await view(`${root}/documents`);
        else await refresh();
        one("#new-folder").focus();
      } catch (error) {
        failed(error);
      }
    }, "danger"],
  ]);
}

function newFolder() {
  one("#folder-department").value = "";
  folderDialog("new", "", (name) => json("/api/v1/collections", { method: "POST", body: { name, department: one("#folder-department").value.trim() || one("#folder-department").placeholder, classification: one("#folder-level").value } }));
}

// -- purging

function purge() {
  const days = one("#purge-days"), go = one("#purge-go"), count = one("#purge-count");
  const asking = (dry_run) => json("/ui/library/purge", { method: "POST", body: { days: Number(days.value), dry_run } });
  const tell = async () => {
    go.disabled = true;
    if (!days.checkValidity()) return;
    try {
      const { documents } = await asking(true);
      count.textContent = t("Documents that would be purged: {n}", { n: documents });
      go.disabled = !documents;
    } catch (error) {
      count.textContent = error.message;
    }
  };
  days.oninput = tell;
  tell();
  during(one("#purge-dialog"), async () => {
    const { documents } = await asking(false);
    toast(t("Documents purged: {n}", { n: documents }));
    await refresh();
  });
}

// On a narrow screen the folders are folded, so that the documents are near.
function fold() {
  const narrow = matchMedia("(max-width: 46rem)"), apply = () => { one("#fold").open = !narrow.matches; };
  narrow.addEventListener("change", apply);
  apply();
}

export function begin() {
  fold();
  startViews();
  startChoosing();
  startQueue(refresh);
  startSending(showQueue);
  main.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.bulk) BULK[button.dataset.bulk]();
    else if (button.dataset.folder) folderMenu(button);
    else if (button.id === "new-folder") newFolder();
    else if (button.id === "purge") purge();
  });
  const note = left();
  if (note?.deleted) toast(t("Documents deleted: {n}", { n: 1 }), { label: t("Undo"), run: () => bringBack([note.deleted]) });
  return async (button) => {
    const batch = button.closest("[data-batch]")?.dataset.batch;
    await Promise.all([showQueue(batch ? [batch] : []), refresh()]);
  };
}
