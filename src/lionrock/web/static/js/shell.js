// The frame around every page: the rail on small screens, light and dark, the panel on the right, dialogs and menus.
import { all, html, json, make, one, root, failed } from "./page.js";

const rail = one("#rail"), opener = one("[data-open-rail]"), side = one("#side"), sideBody = one("#side-body");
let cameFrom = null;

function openRail(open) {
  rail.classList.toggle("open", open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) one("a", rail).focus();
}

export function openSide(title, content, from) {
  one("#side-title").textContent = title;
  sideBody.replaceChildren(content);
  side.hidden = false;
  cameFrom = from ?? document.activeElement;
  sideBody.scrollTop = 0;
  one("mark, .cited", sideBody)?.scrollIntoView({ block: "center" });
  const figure = one("figure[data-boxes]", sideBody);
  if (figure) showBoxes(figure);
  sideBody.focus({ preventScroll: true });
}

// Where the quoted words stand on the picture of their page.
async function showBoxes(figure) {
  const { boxes, reason } = await json(figure.dataset.boxes);
  const here = boxes.filter((box) => String(box.page) === figure.dataset.page), drawing = one("svg", figure);
  for (const box of here) {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const side of ["x", "y", "width", "height"]) rect.setAttribute(side, box[side]);
    drawing.append(rect);
  }
  const told = one("[data-boxes-reason]", sideBody);
  if (told && reason && !here.length) { told.textContent = reason; told.hidden = false; }
  const picture = one("img", figure), show = () => one("rect", drawing)?.scrollIntoView({ block: "center" });
  picture.complete ? show() : picture.addEventListener("load", show, { once: true });
}

export function closeSide() {
  if (side.hidden) return;
  side.hidden = true;
  all('[aria-current="true"].hit').forEach((hit) => hit.removeAttribute("aria-current"));
  all(".chip[aria-expanded]").forEach((chip) => chip.removeAttribute("aria-expanded"));
  cameFrom?.focus({ preventScroll: true });
}

// A menu below its button; arrow keys move in it, Escape and a click elsewhere close it.
export function openMenu(button, items) {
  const menu = make("div", { class: "menu", role: "menu", popover: "auto" });
  for (const [label, run, className = ""] of items) {
    const item = make("button", { type: "button", role: "menuitem", class: className }, label);
    item.addEventListener("click", () => { menu.hidePopover(); run(); });
    menu.append(item);
  }
  document.body.append(menu);
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    button.setAttribute("aria-expanded", "false");
    menu.remove();
    if (document.activeElement === document.body) button.focus();
  });
  menu.addEventListener("keydown", (event) => {
    const entries = all("button", menu), at = entries.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    entries[(at + step + entries.length) % entries.length].focus();
  });
  button.setAttribute("aria-expanded", "true");
  menu.showPopover();
  const box = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
  one("button", menu).focus();
}

// A dialog with a form: resolves to true where its person agreed.
export function ask(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
    dialog.showModal();
  });
}

export async function openPassage(passageId, spans, from) {
  try {
    const asked = new URLSearchParams({ spans: spans ?? "[]" });
    const content = await html(`/ui/passages/${encodeURIComponent(passageId)}?${asked}`);
    openSide(one("#side-title").dataset.title ?? one("#side-title").textContent, content, from);
  } catch (error) {
    failed(error);
  }
}

export function startShell() {
  opener.addEventListener("click", () => openRail(!rail.classList.contains("open")));
  document.addEventListener("click", (event) => {
    if (rail.classList.contains("open") && !rail.contains(event.target) && !opener.contains(event.target)) openRail(false);
  });
  one("[data-close-side]").addEventListener("click", closeSide);
  sideBody.addEventListener("click", (event) => {
    const other = event.target.closest("[data-passage]");
    if (other) openPassage(other.dataset.passage, other.dataset.spans, cameFrom);
  });
  document.addEventListener("click", (event) => event.target.closest("[data-cancel]")?.closest("dialog").close());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || one("dialog[open]") || one(".menu")) return;
    if (rail.classList.contains("open")) { openRail(false); opener.focus(); } else closeSide();
  });
  for (const button of all("[data-theme-choice]")) {
    button.addEventListener("click", () => {
      const theme = button.dataset.themeChoice;
      document.documentElement.dataset.theme = theme;
      document.cookie = `lionrock_theme=${theme}; path=${root || "/"}; max-age=31536000; samesite=lax`;
      all("[data-theme-choice]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    });
  }
}
