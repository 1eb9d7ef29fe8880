// The form of a card: checks while one types, hours in plain words, fields by kind, and typing that survives a reload.

const form = document.getElementById("card-form");
const WAIT_MS = 500;
const DAYS_KEPT = 14;

// -- checks -----------------------------------------------------------------------------------------

let timer = 0;
let asked = 0;

const touched = new Set();

const factOf = (name) => (name === "lon" || name === "lat" || name === "location_system" ? "location" : name.replace(/_(total|vacant)$/, ""));

function show(findings) {
  for (const list of form.querySelectorAll("[data-findings]")) {
    const own = findings.filter(({ fact }) => fact === list.dataset.findings);
    list.replaceChildren(
      ...own.map(({ severity, word, text }) => {
        const item = document.createElement("li");
        item.className = `finding finding-${severity}`;
        const strong = document.createElement("b");
        strong.textContent = word;
        item.append(strong, ` ${text}`);
        return item;
      }),
    );
    const blocked = own.some(({ severity }) => severity === "block");
    const field = list.closest(".field");
    field?.classList.toggle("has-error", blocked || field.querySelector(".errorlist") !== null);
    for (const control of field?.querySelectorAll("input, select, textarea") ?? []) {
      if (blocked) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
}

function preview(week) {
  const table = document.getElementById("hours-preview");
  if (!table) return;
  table.hidden = week.length === 0;
  table.tBodies[0].replaceChildren(
    ...week.map(({ days, hours }) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = days;
      const cell = document.createElement("td");
      cell.textContent = hours;
      row.append(head, cell);
      return row;
    }),
  );
}

async function check() {
  const now = (asked += 1);
  const body = new FormData(form);
  body.delete("card");
  try {
    const response = await fetch(form.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok || now !== asked) return;
    const { findings, week } = await response.json();
    show(findings);
    preview(week);
  } catch {
    // Without a connection the checks are made when the card is saved.
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(check, WAIT_MS);
}

// -- what was typed survives a reload ------------------------------------------------------------------

const note = document.getElementById("draft-note");
const key = form.dataset.draft;

const kept = () => [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");

function remember() {
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: kept() }));
  } catch {
    // A full or forbidden store: the form itself still works.
  }
}

function forget() {
  try {
    localStorage.removeItem(key);
  } catch {
    // As above.
  }
}

function tidy() {
  const oldest = Date.now() - DAYS_KEPT * 24 * 3600 * 1000;
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(form.dataset.drafts)) continue;
    let at = 0;
    try {
      at = JSON.parse(localStorage.getItem(name)).at;
    } catch {
      at = 0;
    }
    // What another person typed on this computer is not for the next one.
    if (at < oldest || !name.startsWith(form.dataset.user)) localStorage.removeItem(name);
  }
}

function restore() {
  const stored = localStorage.getItem(key);
  // A page that came back with errors or a conflict holds what was typed already.
  if (!stored || document.getElementById("errors") || document.getElementById("conflicts")) return false;
  const values = new Map();
  for (const [name, value] of JSON.parse(stored).fields) values.set(name, [...(values.get(name) ?? []), value]);
  let changed = false;
  for (const control of form.elements) {
    if (!control.name || control.name === "csrfmiddlewaretoken" || control.type === "submit" || control.type === "button") continue;
    const wanted = values.get(control.name) ?? [];
    if (control.type === "checkbox" || control.type === "radio") {
      const on = wanted.includes(control.value);
      changed ||= control.checked !== on;
      control.checked = on;
    } else if (wanted.length && control.value !== wanted[0]) {
      // The card as it was when this was typed goes back, too: whoever saved meanwhile is noticed.
      if (control.name !== "card") changed = true;
      control.value = wanted[0];
    }
  }
  return changed;
}

try {
  tidy();
  if (restore()) {
    note.hidden = false;
    check();
  }
} catch {
  forget();
}

document.getElementById("draft-drop")?.addEventListener("click", () => {
  forget();
  location.reload();
});
document.getElementById("leave")?.addEventListener("click", forget);

// What was sent is on the server once the page that follows is here, and only then: that page lets go of it (saved.js).
form.addEventListener("submit", () => {
  remember();
  try {
    sessionStorage.setItem("facility-sent", key);
  } catch {
    // Then it comes back once more, and can be dropped.
  }
});

// -- fields by kind --------------------------------------------------------------------------------------

const kindFunctions = JSON.parse(document.getElementById("kind-functions").textContent);

function fitToKind() {
  const kind = form.elements.kind;
  if (!kind) return;
  const usual = kindFunctions[kind.value];
  for (const field of form.querySelectorAll("[data-only-with]")) {
    const wanted = field.dataset.onlyWith.split(" ");
    const filled = [...field.querySelectorAll("input:not([type=hidden]), select, textarea")].some((control) =>
      control.type === "checkbox" ? control.checked : control.value !== "",
    );
    field.hidden = Boolean(usual) && !filled && !wanted.some((code) => usual.includes(code));
  }
}

form.elements.kind?.addEventListener("change", fitToKind);
fitToKind();

form.addEventListener("input", (event) => {
  touched.add(factOf(event.target.name));
  remember();
  soon();
});
form.addEventListener("change", soon);
document.getElementById("errors")?.focus();
document.getElementById("conflicts")?.focus();
if (form.elements.opening_hours?.value) check();
