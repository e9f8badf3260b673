// The page's only script: ask, show the stream, open a source. Text from documents and models is only ever set as text.
const words = JSON.parse(document.body.dataset.words), root = document.body.dataset.root;
const byId = (id) => document.getElementById(id);
const form = byId("ask"), box = byId("question"), send = byId("send"), stop = byId("stop"), stream = byId("stream");
let running = null;

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// Offsets from the server count code points; JavaScript's strings count UTF-16 units.
function marked(parent, text, spans, offset = 0) {
  const points = Array.from(text);
  let at = 0;
  for (const [start, end] of spans) {
    parent.append(points.slice(at, start - offset).join(""));
    parent.append(make("mark", "", points.slice(start - offset, end - offset).join("")));
    at = end - offset;
  }
  parent.append(points.slice(at).join(""));
}

function place(item) {
  const parts = [...new Set([item.title, ...(item.heading || []).slice(-2)])];
  if (item.page) parts.push(words.page.replace("{n}", item.page));
  return parts.join(" › ");
}

// A path says more of the server than a reader needs; an address is kept whole.
function fileName(source) {
  return /^https?:/.test(source) ? source : source.split(/[\\/]/).pop();
}

async function openSource(passageId, spans, page) {
  const response = await fetch(`${root}/api/v1/passages/${encodeURIComponent(passageId)}`);
  const passage = await response.json();
  const panel = byId("source"), body = byId("source-text");
  panel.hidden = false;
  body.replaceChildren();
  if (!response.ok) {
    byId("source-place").textContent = passage.error.message;
    return;
  }
  byId("source-place").textContent = `${place({ ...passage, page: page ?? passage.page })}\n${fileName(passage.source)}`;
  byId("source-place").title = passage.source;
  if (passage.before) body.append(make("p", "around", passage.before));
  const main = make("p", "passage");
  marked(main, passage.text, spans);
  body.append(main);
  if (passage.after) body.append(make("p", "around", passage.after));
  if (passage.repaired) body.append(make("p", "repaired", `${words.repaired}: ${passage.repaired}`));
  byId("source-title").focus({ preventScroll: true });
  main.querySelector("mark")?.scrollIntoView({ block: "nearest" });
}

function chip(citation) {
  const button = make("button", "chip", String(citation.number));
  button.type = "button";
  button.title = citation.quote;
  button.setAttribute("aria-label", `${words.source} ${citation.number}: ${citation.title}`);
  button.addEventListener("click", () => openSource(citation.passage_id, [[citation.start, citation.end]], citation.page));
  return button;
}

function showSentence(parent, sentence) {
  const line = make("p", `sentence ${sentence.verdict}`, sentence.text);
  line.title = words[sentence.verdict];
  for (const citation of sentence.citations) line.append(chip(citation));
  parent.append(line);
  if (sentence.reasons.length) parent.append(make("small", "reasons", `${words[sentence.verdict]}: ${sentence.reasons.join("; ")}`));
}

function showEvidence(turn, data) {
  const details = make("details", "evidence");
  details.open = true;
  details.append(make("summary", "", `${words.evidence}: ${data.hits.length} (${Math.round(data.took_ms)} ms)`));
  if (!data.hits.length) details.append(make("p", "empty", words.nothing));
  const others = new Set();
  let shown = 0;
  for (const hit of data.hits) {
    if (others.has(hit.passage_id)) continue;
    if (shown++ === 5) break;
    const card = make("button", "hit");
    card.type = "button";
    card.append(make("span", "where", place(hit)));
    if (hit.superseded_by) card.append(make("span", "tag", words.replaced));
    if (["pending", "repealed", "omitted", "expired"].includes(hit.status)) card.append(make("span", "tag", words.not_in_force));
    const text = make("span", "words");
    marked(text, hit.text, hit.spans);
    card.append(text);
    card.addEventListener("click", () => openSource(hit.passage_id, hit.spans));
    details.append(card);
    const other = data.hits.find((item) => item.passage_id === hit.paired_with);
    if (other) {
      others.add(other.passage_id);
      const link = make("button", "other", `${words.other_language}: ${place(other)}`);
      link.type = "button";
      link.lang = other.language;
      link.addEventListener("click", () => openSource(other.passage_id, other.spans));
      details.append(link);
    }
  }
  turn.append(details);
  return details;
}

function handlers(turn) {
  const card = make("div", "card");
  const draft = make("p", "draft busy", words.searching);
  card.append(draft);
  turn.append(card);
  let sentences = 0, tokens = 0, evidence = null;
  return {
    evidence(data) { evidence = showEvidence(turn, data); },
    token(data) {
      if (!tokens++) { draft.textContent = ""; draft.title = words.checking; }
      draft.append(data.text);
    },
    sentence(data) {
      if (!sentences++) draft.remove();
      showSentence(card, data);
    },
    answer(data) {
      draft.remove();
      if (data.abstained) card.append(make("p", "sentence", data.answer));
      else if (evidence) evidence.open = false;
      if (!data.abstained) card.append(make("p", "how", data.mode === "generated" ? words.worded : words.quoted));
      for (const notice of data.notices) card.append(make("p", "notice", notice));
    },
    error(data) { draft.remove(); card.append(make("p", "error", `${words.failed}: ${data.message}`)); },
  };
}

async function readEvents(response, on) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "", finished = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    buffer += value;
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const block = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const name = /^event: (.*)$/m.exec(block)?.[1], data = /^data: (.*)$/m.exec(block)?.[1];
      if (name && data) on[name]?.(JSON.parse(data));
      finished ||= name === "answer" || name === "error";
    }
  }
  if (!finished) on.error({ message: words.stopped });
}

async function ask(question) {
  const turn = make("article", "turn");
  turn.append(make("h3", "", question));
  stream.append(turn);
  turn.scrollIntoView({ block: "start" });
  const on = handlers(turn);
  running = new AbortController();
  send.hidden = true;
  stop.hidden = false;
  try {
    const response = await fetch(`${root}/api/v1/ask`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question, stream: true }),
      signal: running.signal,
    });
    if (!response.ok) on.error((await response.json()).error);
    else await readEvents(response, on);
  } catch (error) {
    on.error({ message: error.name === "AbortError" ? words.stopped : String(error.message) });
  } finally {
    running = null;
    send.hidden = false;
    stop.hidden = true;
    box.focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value.trim();
  if (!question || running) return;
  box.value = "";
  ask(question);
});

// An Enter that confirms a word in an input method must not send. Some browsers end the composition before the key
// event, so the key code 229 is looked at as well.
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

stop.addEventListener("click", () => running?.abort());
byId("close").addEventListener("click", () => { byId("source").hidden = true; box.focus(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") byId("source").hidden = true;
});

// What is told of an upload outlives the reload that shows the new list.
const TOLD = "lionrock-upload";
byId("upload-status").textContent = sessionStorage.getItem(TOLD) ?? "";
sessionStorage.removeItem(TOLD);

async function upload(files) {
  if (!files.length) return;
  const status = byId("upload-status");
  status.textContent = words.adding;
  const body = new FormData();
  for (const file of files) body.append("files", file, file.name);
  try {
    const response = await fetch(`${root}/api/v1/ingest`, { method: "POST", body });
    const data = await response.json();
    if (!response.ok) throw new Error(data.error.message);
    const told = data.results.filter((item) => item.reason).map((item) => `${item.file}: ${item.reason}`).join("\n");
    if (data.results.every((item) => item.status === "failed")) {
      status.textContent = told;
      return;
    }
    sessionStorage.setItem(TOLD, told);
    location.reload();
  } catch (error) {
    status.textContent = `${words.failed}: ${error.message}`;
  }
}

// A document in the list: what was found about it, and the button that lets it in or tries again.
async function look(id) {
  const response = await fetch(`${root}/api/v1/documents/${encodeURIComponent(id)}`);
  const shown = await response.json();
  const panel = byId("source"), body = byId("source-text");
  panel.hidden = false;
  body.replaceChildren();
  if (!response.ok) {
    byId("source-place").textContent = shown.error.message;
    return;
  }
  byId("source-place").textContent = `${shown.title}\n${fileName(shown.source)}`;
  byId("source-place").title = shown.source;
  body.append(make("h3", "", words.findings));
  if (!shown.findings.length) body.append(make("p", "empty", words.no_findings));
  for (const finding of shown.findings) {
    body.append(make("p", `finding ${finding.level}`, finding.detail));
    if (finding.excerpt) body.append(make("blockquote", "", finding.excerpt));
  }
  for (const passage of shown.content.slice(0, 50)) body.append(make("p", "passage", passage.text));
  byId("source-title").focus({ preventScroll: true });
}

byId("documents").addEventListener("click", async (event) => {
  const item = event.target.closest("li[data-id]");
  if (!item) return;
  if (event.target.closest(".look")) await look(item.dataset.id);
  const act = event.target.closest(".act");
  if (!act) return;
  act.disabled = true;
  const response = await fetch(`${root}/api/v1/documents/${encodeURIComponent(item.dataset.id)}/${act.dataset.act}`, { method: "POST" });
  const told = await response.json();
  if (!response.ok || told.reason) sessionStorage.setItem(TOLD, response.ok ? told.reason : told.error.message);
  location.reload();
});

byId("files").addEventListener("change", (event) => upload(event.target.files));
byId("documents").addEventListener("dragover", (event) => event.preventDefault());
byId("documents").addEventListener("drop", (event) => { event.preventDefault(); upload(event.dataTransfer.files); });
