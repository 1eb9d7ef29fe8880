// A list from the keyboard, and an address without empty filters.
const form = document.querySelector("[data-drop-empty]");
form?.addEventListener("submit", () => {
  for (const field of form.elements) {
    if (field.name && field.type !== "checkbox" && field.value === "") field.disabled = true;
  }
  // The usual columns need not be said.
  const boxes = [...form.querySelectorAll('input[name="col"]')];
  if (boxes.every((box) => box.checked === box.defaultChecked) && !new URLSearchParams(location.search).has("col")) {
    for (const box of boxes) box.disabled = true;
  }
});
// Back from the next page, the browser shows the form as it was left: with the empty fields switched off.
window.addEventListener("pageshow", () => {
  for (const field of form?.elements ?? []) field.disabled = false;
});

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

const rows = [...document.querySelectorAll("tr[data-row]")];
let current = -1;

const goTo = (index) => {
  if (!rows.length) return;
  rows[current]?.removeAttribute("aria-current");
  current = Math.max(0, Math.min(rows.length - 1, index));
  const row = rows[current];
  row.setAttribute("aria-current", "true");
  (row.querySelector("a") ?? row.querySelector("input"))?.focus();
  row.scrollIntoView({ block: "nearest" });
};

const follow = (relation) => document.querySelector(`.pagination a[rel="${relation}"]`)?.click();

const KEYS = {
  "/": () => document.getElementById("q")?.select(),
  j: () => goTo(current + 1),
  k: () => goTo(current - 1),
  n: () => follow("next"),
  p: () => follow("prev"),
  x: () => rows[current]?.querySelector('input[type="checkbox"]')?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea");
  if (event.key === "Escape" && typing) typing.blur();
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action || typing) return;
  event.preventDefault();
  action();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr[data-row]");
  const index = row ? rows.indexOf(row) : -1;
  if (index >= 0 && index !== current) {
    rows[current]?.removeAttribute("aria-current");
    current = index;
    row.setAttribute("aria-current", "true");
  }
});
