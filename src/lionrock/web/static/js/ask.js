// A question and its stream. The server keeps on answering when the connection breaks; the stream is then taken up where
// it broke. What is shown comes as HTML from the server's templates.
import { all, events, failed, fragment, json, one, root, send, t, toast } from "./page.js";
import { ask as agreed, openPassage } from "./shell.js";
import { startComposer } from "./composer.js";
import { showHistory } from "./history.js";

const talk = one(".talk"), stream = one("#stream"), heard = one("#heard");
const sendButton = one("#send"), stopButton = one("#stop");
let running = null;

const turnOf = (element) => element.closest(".turn");

function busy(turn) {
  running = turn;
  if (!sendButton) return;
  sendButton.hidden = Boolean(turn);
  stopButton.hidden = !turn;
}

// Puts one event of a stream on the page; returns true when the answer is complete.
function show(name, data) {
  const turn = running.element;
  const part = (selector) => turn && one(selector, turn);
  switch (name) {
    case "conversation":
      talk.dataset.conversation = data.id;
      history.replaceState(null, "", `${root}/c/${data.id}`);
      one("#talk-header").replaceChildren(fragment(data.html));
      one('.nav [aria-current="page"]')?.removeAttribute("aria-current");
      document.title = `${data.title} – Lionrock`;
      break;
    case "turn": {
      one(".welcome", stream)?.remove();
      if (data.replaces) {
        const old = one(`#turn-${CSS.escape(data.replaces)}`);
        while (old?.nextElementSibling) old.nextElementSibling.remove();
        old?.remove();
      }
      running.id = data.id;
      talk.dataset.revision = data.revision;
      stream.append(fragment(data.html));
      running.element = stream.lastElementChild;
      running.element.scrollIntoView({ block: "start" });
      break;
    }
    case "evidence":
      part(".found").replaceChildren(fragment(data.html));
      break;
    case "token": {
      const draft = part(".draft");
      if (!running.tokens) draft.textContent = "";
      running.tokens = true;
      draft.append(data.text);
      break;
    }
    case "sentence":
      part(".draft")?.remove();
      part(".sentences").append(fragment(data.html));
      break;
    case "answer":
    case "stopped":
    case "error":
      part(".draft")?.remove();
      if (data.language) part(".answer").lang = data.language;
      if (data.sentences) part(".sentences").replaceChildren(fragment(data.sentences));
      part(".answer").append(fragment(data.html));
      if (name === "answer" && !data.abstained) part(".evidence")?.removeAttribute("open");
      turn.setAttribute("aria-busy", "false");
      heard.textContent = all(".said, .told", part(".answer")).map((line) => line.textContent).join(" ");
      return true;
  }
  return false;
}

async function follow(first) {
  let last = 0, complete = false, response = first;
  for (let tries = 0; !complete && tries < 6; tries++) {
    try {
      if (!response) response = await send(`/ui/turns/${running.id}/events?after=${last}`);
      await events(response, (name, data, id) => {
        if (id) last = Number(id);
        complete = show(name, data) || complete;
        tries = 0;
      });
    } catch (error) {
      if (error.status || !running.id) throw error;
    }
    response = null;
    if (!complete) {
      if (!running.id) throw new Error(t("The server cannot be reached."));
      if (tries === 0) toast(t("The connection was lost; trying again…"));
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** tries));
    }
  }
  if (!complete) throw new Error(t("The server cannot be reached."));
}

async function put(body) {
  if (running) {
    toast(t("Nothing can be sent while an answer is being made."));
    return false;
  }
  busy({ id: null, element: null, tokens: false });
  try {
    const conversation = talk.dataset.conversation;
    const response = await send("/ui/ask", {
      method: "POST",
      body: { ...body, conversation: conversation || null, revision: Number(talk.dataset.revision) },
    });
    await follow(response);
    showHistory(talk.dataset.conversation);
    return true;
  } catch (error) {
    const draft = running.element && one(".draft", running.element);
    if (draft) { draft.className = "told bad"; draft.textContent = error.message; } else failed(error);
    return false;
  } finally {
    busy(null);
  }
}

async function rate(button) {
  const turn = turnOf(button), value = Number(button.dataset.rate);
  const again = Number(turn.dataset.rating) === value;
  let reasons = [], note = "";
  const dialog = one("#rating-dialog");
  if (!again && value < 0) {
    if (!(await agreed(dialog))) return;
    reasons = all("[name=reason]:checked", dialog).map((box) => box.value);
    note = one("textarea", dialog).value;
  }
  try {
    await json(`/api/v1/turns/${turn.dataset.turn}/rating`, { method: "PUT", body: { value: again ? 0 : value, reasons, note } });
    turn.dataset.rating = again ? 0 : value;
    showRating(turn);
    toast(t("Saved."));
  } catch (error) {
    failed(error);
  }
}

function showRating(turn) {
  for (const button of all("[data-rate]", turn)) button.setAttribute("aria-pressed", String(button.dataset.rate === turn.dataset.rating));
}

function startTip() {
  const tip = document.createElement("div");
  tip.className = "quote-tip";
  tip.popover = "manual";
  document.body.append(tip);
  const open = (chip) => {
    tip.replaceChildren();
    const where = document.createElement("p");
    where.className = "where";
    where.textContent = chip.dataset.where;
    const quote = document.createElement("p");
    quote.textContent = chip.dataset.quote;
    tip.append(where, quote);
    tip.showPopover();
    const box = chip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(box.left - 20, innerWidth - tip.offsetWidth - 8))}px`;
    const above = box.top - tip.offsetHeight - 8;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  };
  const close = () => { if (tip.matches(":popover-open")) tip.hidePopover(); };
  for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    stream.addEventListener(enter, (event) => { const chip = event.target.closest(".chip"); if (chip) open(chip); });
    stream.addEventListener(leave, (event) => { if (event.target.closest(".chip")) close(); });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}

export function start() {
  const composer = one("#ask") && startComposer(put, () => running);
  startTip();
  all(".turn").forEach(showRating);
  stream.addEventListener("click", async (event) => {
    const source = event.target.closest("[data-passage]");
    if (source) {
      all('.hit[aria-current], .chip[aria-expanded]').forEach((other) => { other.removeAttribute("aria-current"); other.removeAttribute("aria-expanded"); });
      source.setAttribute(source.classList.contains("hit") ? "aria-current" : "aria-expanded", "true");
      await openPassage(source.dataset.passage, source.dataset.spans, source);
      return;
    }
    const button = event.target.closest("button");
    if (!button) return;
    const turn = turnOf(button), question = turn && one(".asked h2", turn).textContent;
    if (button.matches("[data-copy]")) {
      await navigator.clipboard.writeText(one("template[data-plain]", turn).content.textContent.trim());
      toast(t("Copied."));
    } else if (button.matches("[data-retry]")) put({ question, replaces: turn.dataset.turn, ...composer.choices() });
    else if (button.matches("[data-edit]")) composer.edit(question, turn.dataset.turn);
    else if (button.matches("[data-edit-search]")) composer.editSearch(button.dataset.editSearch, question, turn.dataset.turn);
    else if (button.matches("[data-rate]")) rate(button);
    else if (button.matches("[data-prompt]")) composer.fill(button.dataset.prompt);
  });
  stopButton?.addEventListener("click", async () => {
    if (!running?.id) return;
    try { await json(`/api/v1/turns/${running.id}/stop`, { method: "POST" }); } catch (error) { failed(error); }
  });
  // An answer that was being made when the page was loaded goes on.
  const open = one('.turn[aria-busy="true"]');
  if (open) {
    busy({ id: open.dataset.turn, element: open, tokens: false });
    one(".sentences", open).replaceChildren();
    follow(null).catch(failed).finally(() => busy(null));
  }
}
