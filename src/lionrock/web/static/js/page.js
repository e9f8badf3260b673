// What every module needs: elements, words, requests, short messages. Text is only ever set as text; HTML comes from
// this server's own templates alone, which escape what they are given.
export const root = document.body.dataset.root;
const messages = JSON.parse(document.getElementById("messages").textContent);

export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

export function t(message, values = {}) {
  return (messages[message] ?? message).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export class Refused extends Error {}

export async function send(path, { method = "GET", body, signal, headers = {} } = {}) {
  const all = { ...headers };
  if (method !== "GET" && document.body.dataset.csrf) all["x-csrf-token"] = document.body.dataset.csrf;
  if (body !== undefined && !(body instanceof FormData)) {
    all["content-type"] = "application/json";
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(root + path, { method, body, signal, headers: all });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(t("The server cannot be reached."));
  }
  if (response.ok) return response;
  if (response.status === 401 && !one("#sign-in")) location.assign(`${root}/sign-in?next=${encodeURIComponent(location.pathname)}`);
  let told;
  try {
    told = (await response.json()).error?.message;
  } catch {
    told = undefined;
  }
  const refusal = new Refused(told ?? `HTTP ${response.status}`);
  refusal.status = response.status;
  throw refusal;
}

export const json = async (path, options) => (await send(path, options)).json();
export const html = async (path, options) => fragment(await (await send(path, options)).text());

export function toast(text, act) {
  const note = make("div", { class: "toast" }, make("span", {}, text));
  if (act) {
    const button = make("button", { type: "button" }, act.label);
    button.addEventListener("click", () => { note.remove(); act.run(); });
    note.append(button);
  }
  one(".toasts").append(note);
  setTimeout(() => note.remove(), act ? 10000 : 5000);
}

export function failed(error) {
  if (error.name !== "AbortError") toast(t("That did not work: {why}", { why: error.message }));
}

// Server-sent events of a response: calls `on(name, data, id)` for each. Ends when the stream ends.
export async function events(response, on) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value.replaceAll("\r", "");
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const lines = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      let name = "message", data = [], id = null;
      for (const line of lines) {
        const at = line.indexOf(":"), key = at < 0 ? line : line.slice(0, at);
        const text = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
        if (key === "event") name = text;
        else if (key === "data") data.push(text);
        else if (key === "id") id = text;
      }
      if (data.length) on(name, JSON.parse(data.join("\n")), id);
    }
  }
}
