// Fields with data-suggest get suggestions while one types (the ARIA pattern of an editable combobox with a list). Without this
// script they are plain fields of a form. What is chosen is opened, or told with the event "suggestion" (data-chosen="tell").

const WAIT_MS = 120;
let boxes = 0;

export function combobox(input) {
  if (input.getAttribute("role") === "combobox") return;
  const id = `suggestions-${(boxes += 1)}`;
  const list = Object.assign(document.createElement("ul"), { id, className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.label);
  const said = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  said.setAttribute("role", "status");
  input.after(list, said);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", id], ["aria-expanded", "false"]]) {
    input.setAttribute(name, value);
  }
  let hits = [];
  let active = -1;
  let timer = 0;
  let asking = null;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (index) => {
    active = index;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
    }
  };

  const choose = (hit) => {
    close();
    if (input.dataset.chosen !== "tell") {
      window.location.assign(hit.url);
      return;
    }
    input.value = hit.text;
    input.dispatchEvent(new CustomEvent("suggestion", { bubbles: true, detail: hit }));
  };

  const show = (rows) => {
    hits = rows;
    list.replaceChildren(
      ...rows.map((hit, index) => {
        const row = Object.assign(document.createElement("li"), { id: `${id}-${index}` });
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        const name = Object.assign(document.createElement("span"), { textContent: hit.text, lang: "zh-Hans", className: "suggestion-name" });
        const spelling = Object.assign(document.createElement("span"), { textContent: hit.spelling, lang: "zh-Latn-pinyin", className: "pinyin" });
        const note = Object.assign(document.createElement("span"), { textContent: hit.note, className: "suggestion-note" });
        row.append(name, " ", spelling, " ", note);
        // The field keeps the focus; what is pressed is chosen when the finger lifts, so that scrolling chooses nothing.
        row.addEventListener("mousedown", (event) => event.preventDefault());
        row.addEventListener("click", () => choose(hit));
        return row;
      }),
    );
    active = -1;
    list.hidden = rows.length === 0;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    input.removeAttribute("aria-activedescendant");
    said.textContent = rows.length ? input.dataset.some.replace("{count}", rows.length) : input.dataset.none;
  };

  const ask = async () => {
    asking?.abort();
    const typed = input.value.trim();
    if (!typed) {
      said.textContent = "";
      close();
      return;
    }
    asking = new AbortController();
    const address = new URL(input.dataset.suggest, window.location.href);
    address.searchParams.set("q", typed);
    for (const name of ["lon", "lat"]) if (input.dataset[name]) address.searchParams.set(name, input.dataset[name]);
    try {
      const response = await fetch(address, { signal: asking.signal });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (document.activeElement === input && input.value.trim() === typed) show(answer.hits);
    } catch (error) {
      // Without a connection the form still works as it would without this script.
      if (error.name !== "AbortError") close();
    }
  };

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden && event.key === "ArrowDown" && hits.length && input.value.trim()) show(hits);
      if (list.hidden) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One step beyond the last, or before the first, is the field again.
      mark(((active + 1 + step + hits.length + 1) % (hits.length + 1)) - 1);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      choose(hits[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
}

for (const input of document.querySelectorAll("[data-suggest]")) combobox(input);
