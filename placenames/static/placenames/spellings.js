// One name of the queue: a chosen reading changes the spelling at once, the keyboard does the rest.

const form = document.getElementById("spelling");
const text = form.elements.text;
const capitals = document.getElementById("capitals");
const doubts = document.getElementById("doubts");
const radios = [...form.querySelectorAll('input[type="radio"]')];
const readings = radios.filter(({ name }) => name.startsWith("reading-"));
let latest = 0;

async function spell() {
  const asked = (latest += 1);
  const query = new URLSearchParams([...new FormData(form)].filter(([name]) => name.startsWith("reading-") || name === "split_mode"));
  const response = await fetch(`${form.dataset.try}?${query}`, { headers: { Accept: "application/json" } });
  if (!response.ok || asked !== latest) return;
  const spelled = await response.json();
  text.value = spelled.text;
  capitals.textContent = spelled.capitals;
  const lines = spelled.doubts.length ? spelled.doubts : [doubts.dataset.none];
  doubts.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      item.classList.toggle("queue-clear", !spelled.doubts.length);
      return item;
    }),
  );
}

for (const radio of radios) radio.addEventListener("change", spell);

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.code === "KeyN") {
    event.preventDefault();
    document.getElementById("next").click();
    return;
  }
  const digit = /^Digit([1-9])$/.exec(event.code);
  const radio = digit && readings[Number(digit[1]) - 1];
  if (radio && !radio.checked) {
    event.preventDefault();
    radio.checked = true;
    spell();
  }
});
