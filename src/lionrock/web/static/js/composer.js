// The box to ask in: drafts that survive a reload, input methods, prompts after "/", documents after "#", where to look.
import { all, failed, json, make, one, t } from "./page.js";
import { ask as agreed } from "./shell.js";

const form = one("#ask"), box = one("#question"), picked = one("#picked"), suggest = one("#suggest"), count = one("#count");
const talk = one(".talk");
const scope = { collections: [], documents: [], languages: [], since: null, until: null };
let replaces = null, rewritten = null, options = [], at = -1, token = null;

const draftKey = () => `lionrock-draft-${talk.dataset.conversation || "new"}`;

function keep() {
  try {
    if (box.value) localStorage.setItem(draftKey(), box.value);
    else localStorage.removeItem(draftKey());
  } catch { /* A browser that keeps nothing still asks. */ }
  const length = Array.from(box.value).length, most = Number(box.dataset.most);
  count.hidden = length < most * 0.8;
  count.textContent = `${length} / ${most}`;
  count.classList.toggle("danger", length > most);
}

function showPicked() {
  picked.replaceChildren();
  const add = (label, remove) => {
    const button = make("button", { type: "button", "aria-label": `× ${label}` }, "×");
    button.addEventListener("click", () => { remove(); showPicked(); box.focus(); });
    picked.append(make("span", { class: "tag" }, label, button));
  };
  const names = Object.fromEntries(all("#scope-collections option").map((option) => [option.value, option.textContent]));
  for (const id of scope.collections) add(names[id] ?? id, () => { scope.collections = scope.collections.filter((other) => other !== id); });
  for (const item of scope.documents) add(`# ${item.title}`, () => { scope.documents = scope.documents.filter((other) => other !== item); });
  for (const code of scope.languages) add(code, () => { scope.languages = scope.languages.filter((other) => other !== code); });
  if (scope.since || scope.until) add(`${scope.since ?? "…"} – ${scope.until ?? "…"}`, () => { scope.since = scope.until = null; });
  if (replaces) add("✎", () => { replaces = rewritten = null; });
  picked.hidden = !picked.childElementCount;
}

function choices() {
  return {
    language: one("#answer-language").value,
    chat: one("#answer-mode")?.value || null,
    collections: scope.collections,
    documents: scope.documents.map((item) => item.id),
    languages: scope.languages,
    since: scope.since,
    until: scope.until,
  };
}

// The word before the caret, where it begins with "/" at the start of the box or with "#" anywhere.
function wordAtCaret() {
  const before = box.value.slice(0, box.selectionStart);
  const found = /(?:^(\/)|(?:^|\s)(#))([^\s#/]{0,40})$/.exec(before);
  return found && { sign: found[1] ?? found[2], text: found[3], start: before.length - found[3].length - 1 };
}

function closeSuggest() {
  suggest.hidden = true;
  suggest.replaceChildren();
  options = [];
  at = -1;
  box.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const option = options[index], found = wordAtCaret();
  if (!option || !found) return closeSuggest();
  const rest = box.value.slice(box.selectionStart);
  if (found.sign === "#") {
    if (!scope.documents.some((item) => item.id === option.id)) scope.documents.push(option);
    box.value = box.value.slice(0, found.start) + rest;
    showPicked();
  } else fill(option.text + rest);
  closeSuggest();
  keep();
  box.focus();
}

function point(index) {
  at = (index + options.length) % options.length;
  all('[role="option"]', suggest).forEach((entry, n) => {
    entry.setAttribute("aria-selected", String(n === at));
    if (n === at) { box.setAttribute("aria-activedescendant", entry.id); entry.scrollIntoView({ block: "nearest" }); }
  });
}

async function offer() {
  const found = wordAtCaret();
  if (!found) return closeSuggest();
  const mine = (token = Symbol("asked"));
  try {
    const asked = new URLSearchParams({ q: found.text });
    const list = found.sign === "/"
      ? (await json(`/api/v1/prompts?${asked}`)).prompts.map((item) => ({ id: item.id, title: item.name, text: item.text }))
      : (await json(`/api/v1/documents?${new URLSearchParams({ text: found.text, limit: 8 })}`)).documents.map((item) => ({ id: item.document_id, title: item.title, text: "" }));
    if (mine !== token) return;
    const fits = found.sign === "/" ? list.filter((item) => item.title.toLowerCase().includes(found.text.toLowerCase())) : list;
    options = fits.slice(0, 8);
    suggest.replaceChildren(...options.map((option, n) => {
      const entry = make("div", { role: "option", id: `suggest-${n}`, "aria-selected": "false" }, make("strong", {}, option.title), make("span", { class: "soft small" }, option.text.slice(0, 60)));
      entry.addEventListener("mousedown", (event) => { event.preventDefault(); choose(n); });
      return entry;
    }));
    suggest.hidden = !options.length;
    if (options.length) point(0);
  } catch (error) {
    closeSuggest();
    failed(error);
  }
}

function fill(text) {
  box.value = text;
  box.focus();
  // A {variable} of a prompt is selected, so that typing replaces it; Tab goes to the next.
  const found = /\{[^{}\n]{1,40}\}/.exec(text);
  if (found) box.setSelectionRange(found.index, found.index + found[0].length);
  keep();
}

function nextVariable(event) {
  const rest = box.value.slice(box.selectionEnd), found = /\{[^{}\n]{1,40}\}/.exec(rest);
  if (!found) return;
  event.preventDefault();
  box.setSelectionRange(box.selectionEnd + found.index, box.selectionEnd + found.index + found[0].length);
}

async function pickScope() {
  const dialog = one("#scope-dialog"), folders = one("#scope-collections");
  for (const option of folders.options) option.selected = scope.collections.includes(option.value);
  for (const check of all("[name=scope-language]", dialog)) check.checked = scope.languages.includes(check.value);
  one("#scope-since").value = scope.since ?? "";
  one("#scope-until").value = scope.until ?? "";
  if (!(await agreed(dialog))) return;
  scope.collections = [...folders.selectedOptions].map((option) => option.value);
  scope.languages = all("[name=scope-language]:checked", dialog).map((check) => check.value);
  scope.since = one("#scope-since").value || null;
  scope.until = one("#scope-until").value || null;
  showPicked();
}

export function startComposer(put, running) {
  // What was typed before this script had come stays.
  try { box.value ||= localStorage.getItem(draftKey()) ?? ""; } catch { /* nothing was kept */ }
  keep();
  one("#send").disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = box.value.trim();
    if (!question || running()) return;
    const body = { question, replaces, rewritten, ...choices() };
    try { localStorage.removeItem(draftKey()); } catch { /* nothing was kept */ }
    box.value = "";
    replaces = rewritten = null;
    showPicked();
    keep();
    if (!(await put(body)) && !box.value) { box.value = question; keep(); }
    box.focus();
  });
  // An Enter that confirms a word in an input method must not send. Some browsers end the composition before the key
  // event, so the key code 229 is looked at as well.
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (!suggest.hidden) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); point(at + (event.key === "ArrowDown" ? 1 : -1)); return; }
      if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); choose(at); return; }
      if (event.key === "Escape") { event.stopPropagation(); closeSuggest(); return; }
    }
    if (event.key === "Tab" && !event.shiftKey) nextVariable(event);
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  });
  box.addEventListener("input", (event) => { keep(); if (!event.isComposing) offer(); });
  box.addEventListener("compositionend", offer);
  box.addEventListener("blur", closeSuggest);
  one("[data-pick-scope]").addEventListener("click", pickScope);
  one("[data-clear-scope]").addEventListener("click", () => {
    for (const option of one("#scope-collections").options) option.selected = false;
    all("[name=scope-language]").forEach((check) => { check.checked = false; });
    one("#scope-since").value = one("#scope-until").value = "";
  });
  return {
    choices,
    fill,
    edit(question, turn) { replaces = turn; rewritten = null; fill(question); showPicked(); },
    editSearch(query, question, turn) {
      const dialog = one("#search-dialog"), words = one("input", dialog);
      words.value = query;
      agreed(dialog).then((ok) => { if (ok && words.value.trim()) put({ question, replaces: turn, rewritten: words.value.trim(), ...choices() }); });
    },
  };
}
