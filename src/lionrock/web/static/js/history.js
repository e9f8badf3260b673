// The conversations on the left: renamed, put into folders, shared, deleted for good.
import { failed, html, json, make, one, root, t, toast } from "./page.js";
import { ask, openMenu } from "./shell.js";

const history = one("#history");

export async function showHistory(here) {
  const source = new URL(history.dataset.src, location.href);
  if (here !== undefined) source.searchParams.set("here", here);
  try {
    history.replaceChildren(await html(source.pathname.slice(root.length) + source.search));
  } catch (error) {
    failed(error);
  }
}

async function change(id, values) {
  try {
    await json(`/api/v1/conversations/${id}`, { method: "PATCH", body: values });
    if (values.title && one(`.talk[data-conversation="${id}"]`)) one("#talk-title").textContent = values.title;
    await showHistory();
  } catch (error) {
    failed(error);
  }
}

async function words(dialog, value) {
  const box = one("input", dialog);
  box.value = value;
  return (await ask(dialog)) ? box.value.trim() : null;
}

async function remove(id) {
  if (!(await ask(one("#delete-conversation")))) return;
  try {
    await json(`/api/v1/conversations/${id}`, { method: "DELETE" });
    if (one(`.talk[data-conversation="${id}"]`)) location.assign(`${root}/`);
    else await showHistory();
    toast(t("Deleted."));
  } catch (error) {
    failed(error);
  }
}

export function startHistory() {
  history.addEventListener("click", (event) => {
    const button = event.target.closest("[data-conversation]");
    if (!button) return;
    const { conversation: id, title, folder, shared } = button.dataset;
    const label = one("#conversation-menu").dataset;
    openMenu(button, [
      [label.rename, async () => { const name = await words(one("#rename-conversation"), title); if (name) change(id, { title: name }); }],
      [label.folder, async () => { const name = await words(one("#folder-conversation"), folder); if (name !== null) change(id, { folder: name || null }); }],
      [shared === "true" ? label.unshare : label.share, () => change(id, { shared: shared !== "true" })],
      [label.delete, () => remove(id), "danger"],
    ]);
  });
}
