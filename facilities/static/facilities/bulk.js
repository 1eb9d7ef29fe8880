// Only the fields of the chosen sort of change are shown; and in a list, how many rows are chosen.
const form = document.querySelector("[data-bulk]");
if (form) {
  const show = () => {
    for (const part of form.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(form.elements.sort.value);
    }
  };
  form.elements.sort.addEventListener("change", show);
  show();
}

const bar = document.querySelector("[data-bulk-bar]");
if (bar) {
  const boxes = [...document.querySelectorAll('input[name="pk"]')];
  const all = document.querySelector("[data-pick-all]");
  const button = bar.querySelector("[data-chosen]");
  const words = button.textContent;
  if (all) all.hidden = false;
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    button.textContent = chosen ? `${words} (${chosen})` : words;
    button.disabled = !chosen;
    bar.classList.toggle("has-chosen", chosen > 0);
    if (all) {
      all.checked = chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  };
  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  count();
}
