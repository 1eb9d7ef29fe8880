// How many items are answered, while they are being answered; and where something is missing, there the reader is taken.

for (const form of document.querySelectorAll("[data-visit]")) {
  const says = form.querySelector("[data-visit-count]");
  const items = [...form.querySelectorAll(".visit-item")];
  const count = () => {
    const done = items.filter((item) => item.querySelector(".visit-outcome input:checked")).length;
    says.textContent = says.dataset.words.replace("{done}", done).replace("{all}", items.length);
  };
  if (says && items.length) {
    form.addEventListener("change", count);
    count();
  }
}

document.querySelector("[data-focus]")?.focus();
