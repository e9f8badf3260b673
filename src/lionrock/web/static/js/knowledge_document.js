// A document's page: what is changed about it, its versions, pictures of its pages.
import { failed, html, json, make, one, root, send, t, toast } from "./page.js";
import { ask, openSide } from "./shell.js";
import { change, during, here, leave, main, replace, words } from "./knowledge.js";

const EVERY = 1500;
const page = () => one("#library");
const id = () => page().dataset.document;
const address = () => `/api/v1/documents/${id()}`;
let timer = 0;

// The page as it is now, without leaving it.
async function again() {
  const fresh = await html(here());
  const open = one("details.about")?.open;
  replace(page(), () => {
    page().replaceChildren(...one("#library", fresh).childNodes);
    Object.assign(page().dataset, one("#library", fresh)?.dataset ?? {});
  });
  one("#edit-dialog").replaceWith(one("#edit-dialog", fresh));
  if (open) one("details.about").open = true;
  later();
}

function later() {
  clearTimeout(timer);
  if (one('[data-state="accepted"], [data-state="staged"]') && !document.hidden) timer = setTimeout(() => again().catch(failed), EVERY);
}

function edit() {
  const dialog = one("#edit-dialog"), form = one("form", dialog);
  during(dialog, async () => {
    const body = {};
    for (const field of form.elements) {
      const was = field.localName === "select" ? [...field.options].find((option) => option.defaultSelected)?.value : field.defaultValue;
      if (field.name && field.name !== "tags" && field.value.trim() !== was) body[field.name] = field.value.trim();
    }
    const had = JSON.parse(page().dataset.tags), has = words(one("#edit-tags").value);
    if (one("#edit-tags").value !== one("#edit-tags").defaultValue) {
      body.add_tags = has.filter((tag) => !had.includes(tag));
      body.remove_tags = had.filter((tag) => !has.includes(tag));
    }
    if (Object.values(body).flat().length || Object.keys(body).some((name) => body[name] === "")) await change([id()], body);
    await again();
    toast(t("Saved."));
  });
}

const ACTS = {
  edit,
  move() {
    one("#move-to").value = page().dataset.collection || "none";
    during(one("#move-dialog"), async () => { await change([id()], { collection: one("#move-to").value }); await again(); toast(t("Saved.")); });
  },
  async delete() {
    if (!(await ask(one("#delete-dialog")))) return;
    await send(address(), { method: "DELETE" });
    leave({ deleted: id() });
    location.assign(`${root}/documents`);
  },
};

async function restore(version) {
  if (!(await ask(one("#restore-dialog")))) return;
  const told = await json(`${address()}/restore`, { method: "POST", body: { version: Number(version) } });
  await again();
  toast(told.status === "failed" ? t("That did not work: {why}", { why: told.reason ?? "" }) : told.status === "unchanged" ? t("Search shows this version already.") : t("Saved."));
}

function picture(button) {
  const number = Number(button.dataset.page), label = button.textContent;
  const image = make("img", { src: `${root}${address()}/pages/${number}/image?width=1200`, alt: label, class: "drawn" });
  image.addEventListener("error", () => image.replaceWith(t("There is no picture of this page.")));
  openSide(`${page().dataset.title} · ${label}`, image, button);
}

export function begin() {
  main.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.documentAct) Promise.resolve(ACTS[button.dataset.documentAct]()).catch(failed);
    if (button.dataset.restore) restore(button.dataset.restore).catch(failed);
    if (button.dataset.page) picture(button);
  });
  document.addEventListener("visibilitychange", later);
  later();
  return again;
}
