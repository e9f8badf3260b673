// The list of documents and a document's page: the parts that both have, and which of the two this is.
import { all, failed, html, json, one, root, t, toast } from "./page.js";

export const main = one("#main");

// Replaces what stands in an element and leaves the focus where it was, or on the element if its place is gone.
export function replace(container, fill) {
  const active = document.activeElement;
  const key = container.contains(active) && active !== container ? place(active) : null;
  fill();
  if (!key || document.contains(active)) return;
  (all(key.tag, container).find((element) => place(element).words === key.words) ?? container).focus({ preventScroll: true });
}

function place(element) {
  const within = element.closest("[data-document], [data-folder], [data-batch]");
  const own = element.id || element.dataset.act || element.getAttribute("href") || element.value || element.textContent;
  return { tag: element.localName, words: JSON.stringify([{ ...within?.dataset, tags: "", documents: "" }, own]) };
}

// A dialog that stays open until what it is for was done; what goes wrong is told in it.
export function during(dialog, act) {
  const fault = one("[data-fault]", dialog), form = one("form", dialog);
  fault.hidden = true;
  const submit = async (event) => {
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true;
    try {
      await act();
      dialog.close("ok");
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
    }
    button.disabled = false;
  };
  form.addEventListener("submit", submit);
  dialog.addEventListener("close", () => form.removeEventListener("submit", submit), { once: true });
  dialog.showModal();
}

export const words = (text) => text.split(/[,，、]/).map((word) => word.trim()).filter(Boolean);
export const change = (ids, body) => json("/api/v1/documents/change", { method: "POST", body: { ids, ...body } });

const DONE = {
  retry: (told) => (told.status === "failed" ? t("It failed again: {why}", { why: told.reason ?? "" }) : told.status === "quarantined" ? t("It is held back: {why}", { why: told.reason ?? "" }) : t("It is in search now.")),
  release: (told) => (told.released ? t("It is in search now.") : t("That did not work: {why}", { why: told.reason ?? told.status })),
  undelete: () => t("It is back."),
};

async function act(button, after) {
  const { document: id } = button.closest("[data-document]").dataset, kind = button.dataset.act;
  const run = async (body) => {
    const told = await json(`/api/v1/documents/${id}/${kind}`, { method: "POST", body });
    toast(DONE[kind](told));
    await after(button);
  };
  if (kind === "undelete" && button.dataset.overdue === "true") {
    one("#keep-to").value = "";
    during(one("#keep-dialog"), () => run({ retain_until: one("#keep-to").value || null }));
    return;
  }
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    await run(kind === "undelete" ? {} : undefined);
  } catch (error) {
    failed(error);
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

export async function start() {
  const after = (await (one("#list") ? import("./knowledge_list.js") : import("./knowledge_document.js"))).begin();
  main.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) act(button, after);
    event.target.closest("[data-cancel]")?.closest("dialog").close();
  });
  one("#library").dataset.ready = "";
}

// What a page that was left asked to be told on the next one.
export function leave(note) { sessionStorage.setItem("lionrock-left", JSON.stringify(note)); }
export function left() {
  const note = sessionStorage.getItem("lionrock-left");
  sessionStorage.removeItem("lionrock-left");
  return note ? JSON.parse(note) : null;
}

export const part = (name, search) => html(`/ui/library/${name}${search}`);
export const here = () => location.pathname.slice(root.length) + location.search;
