// The form of a story: a place that is found joins the list of those that the story tells of.

const form = document.querySelector("[data-tale]");
const list = form.querySelector("[data-chosen-list]");
const row = form.querySelector("[data-chosen-row]");

form.addEventListener("suggestion", ({ target, detail }) => {
  target.value = "";
  const known = [...list.querySelectorAll("input[name=place]")].find((input) => input.value === detail.key);
  if (known) {
    known.checked = true;
    return;
  }
  const added = row.content.cloneNode(true);
  added.querySelector("input").value = detail.key;
  added.querySelector("[data-name]").textContent = detail.text;
  added.querySelector("[data-note]").textContent = detail.note;
  list.append(added);
});

// A form that was changed and not sent is not left without a word.
let changed = false;
form.addEventListener("input", () => (changed = true));
form.addEventListener("suggestion", () => (changed = true));
form.addEventListener("submit", () => (changed = false));
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
