// Ctrl+K or Command+K: conversations and documents by their words.
import { all, html, one } from "./page.js";

const palette = one("#palette"), box = one("input", palette), found = one(".found", palette);
let wait = 0, asked = null;

async function look() {
  asked?.abort();
  asked = new AbortController();
  try {
    found.replaceChildren(await html(`/ui/find?${new URLSearchParams({ q: box.value.trim() })}`, { signal: asked.signal }));
  } catch (error) {
    if (error.name !== "AbortError") found.textContent = error.message;
  }
}

function open() {
  if (palette.open) return;
  palette.showModal();
  box.select();
  look();
}

export function startPalette() {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      open();
    }
  });
  all("[data-palette]").forEach((button) => button.addEventListener("click", open));
  box.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(look, 150); });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  palette.addEventListener("keydown", (event) => {
    const links = all("a", found), at = links.indexOf(document.activeElement);
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); at > 0 ? links[at - 1].focus() : box.focus(); }
    if (event.key === "Enter" && document.activeElement === box && links.length) { event.preventDefault(); links[0].click(); }
  });
}
