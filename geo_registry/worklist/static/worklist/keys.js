// A list by keyboard: J and K go down and up its links, Enter opens as it does on any link.

const items = () => [...document.querySelectorAll("[data-keys-list] [data-keys-item]")];

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return;
  const step = { j: 1, k: -1 }[event.key.toLowerCase()];
  if (!step) return;
  const links = items();
  if (!links.length) return;
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + step, 0), links.length - 1);
  event.preventDefault();
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
});
