// Signing in, settings, sessions, keys and prompts.
import { all, failed, json, make, one, root, t, toast } from "./page.js";

const values = (form) => Object.fromEntries(new FormData(form));

// A form that is sent as JSON; what goes wrong is told in it.
function sends(selector, run) {
  const form = one(selector);
  if (!form) return;
  // Until here the button was disabled, so that no password was sent as an address by a page without its script.
  one("button.primary", form).disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = one('[role="alert"]', form), button = one("button.primary", form);
    button.disabled = true;
    if (told) told.hidden = true;
    try {
      await run(form);
    } catch (error) {
      if (!told) failed(error);
      else { told.textContent = error.message; told.hidden = false; }
    } finally {
      button.disabled = false;
    }
  });
}

const own = (path) => (/^\/(?![\/\\])/.test(path) ? path : `${root}/`);
const day = (text) => (text ? new Date(text).toLocaleString(document.documentElement.lang) : "");

function lines(list, items, line) {
  list.replaceChildren(...items.map(line));
}

function entry(text, small, button) {
  const parts = [make("span", { class: "grow" }, make("strong", {}, text), make("span", { class: "soft small" }, ` ${small}`))];
  if (button) {
    const act = make("button", { type: "button", class: "quiet" }, button.label);
    act.addEventListener("click", async () => { try { await button.run(); } catch (error) { failed(error); } });
    parts.push(act);
  }
  return make("li", { class: "row" }, ...parts);
}

async function showSessions() {
  const list = one("#sessions");
  if (!list) return;
  const { sessions } = await json("/api/v1/sessions");
  lines(list, sessions, (item) => entry(item.device || item.address, `${item.address} · ${day(item.used_at)}${item.current ? ` · ${list.dataset.current}` : ""}`,
    item.current ? null : { label: list.dataset.end, run: async () => { await json(`/api/v1/sessions/${item.session_id}`, { method: "DELETE" }); await showSessions(); } }));
}

async function showKeys() {
  const list = one("#keys");
  if (!list) return;
  const { keys } = await json("/api/v1/keys");
  lines(list, keys.filter((item) => !item.revoked_at), (item) => entry(item.name, `${item.scopes.join(", ")} · ${item.used_at ? day(item.used_at) : list.dataset.never}${item.expires_at ? ` · → ${day(item.expires_at)}` : ""}`,
    { label: list.dataset.revoke, run: async () => { await json(`/api/v1/keys/${item.key_id}`, { method: "DELETE" }); await showKeys(); } }));
}

async function showPrompts() {
  const list = one("#prompts"), { prompts } = await json("/api/v1/prompts");
  lines(list, prompts, (item) => entry(item.name, `${item.shared ? `${list.dataset.shared} · ` : ""}${item.text.slice(0, 80)}`,
    item.mine === false ? null : { label: list.dataset.delete, run: async () => { await json(`/api/v1/prompts/${item.id}`, { method: "DELETE" }); await showPrompts(); } }));
}

sends("#sign-in", async (form) => {
  await json("/api/v1/session", { method: "POST", body: values(form) });
  location.assign(own(form.dataset.next));
});
sends("#first-run", async (form) => {
  await json("/api/v1/first-run", { method: "POST", body: values(form) });
  location.assign(`${root}/`);
});

export function start() {
  sends("#change-password", async (form) => {
    await json("/api/v1/me", { method: "PATCH", body: values(form) });
    form.reset();
    toast(t("Saved."));
  });
  sends("#new-key", async (form) => {
    const scopes = all("[name=scopes]:checked", form).map((box) => box.value), { name, expires_at: until } = values(form);
    const made = await json("/api/v1/keys", { method: "POST", body: { name, scopes, expires_at: until ? `${until}T23:59:59Z` : null } });
    const told = one("#made-key");
    told.replaceChildren(make("code", {}, made.key));
    told.hidden = false;
    form.reset();
    await showKeys();
  });
  sends("#new-prompt", async (form) => {
    const { name, text } = values(form);
    await json("/api/v1/prompts", { method: "POST", body: { name, text, shared: one("[name=shared]", form).checked } });
    form.reset();
    await showPrompts();
  });
  one("#sign-out")?.addEventListener("click", async () => {
    try { await json("/api/v1/session", { method: "DELETE" }); location.assign(`${root}/sign-in`); } catch (error) { failed(error); }
  });
  one("#end-others")?.addEventListener("click", async () => {
    try { await json("/api/v1/sessions", { method: "DELETE" }); await showSessions(); } catch (error) { failed(error); }
  });
  for (const show of [showSessions, showKeys, showPrompts]) show().catch(failed);
}
