// The list by keyboard: "/" goes to the search, the arrows go through the names.

const input = document.getElementById("q");
const links = [...document.querySelectorAll(".name-entry > a")];

document.querySelector(".names-keys").hidden = !window.matchMedia("(hover: hover)").matches;

const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const here = document.activeElement;
  if (event.key === "/" && !typing(here)) {
    event.preventDefault();
    input.focus();
    input.select();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const at = links.indexOf(here);
  if (at < 0 && here !== input) return;
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  if (event.key === "ArrowUp" && here === input) return;
  event.preventDefault();
  (next < 0 ? input : links[Math.min(next, links.length - 1)])?.focus();
});

// A choice of place or kind is a question of its own: no second press needed. Typing stays until it is sent.
for (const select of document.querySelectorAll(".names-search select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
