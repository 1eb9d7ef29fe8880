// Signs on a telephone: near me, inspected in three taps. Each entry is kept on the telephone with a key of its own until the
// server has answered for it: it may be sent twice, and counts once.

const $ = (id) => document.getElementById(id);
const page = $("field");
const words = page.dataset;
const person = words.person;
const SHOWN = 30;
const defects = JSON.parse($("field-defects").textContent);
let signs = JSON.parse($("field-signs").textContent);
let here = null;
let sending = false;
let again = false;

// -- the queue: IndexedDB, since a photo is too large for anything else

const open = new Promise((done, failed) => {
  const asked = indexedDB.open(`geo-registry.signs.${person}`, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "key" });
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

async function store(mode, act) {
  const base = await open;
  return new Promise((done, failed) => {
    const change = base.transaction("entries", mode);
    const asked = act(change.objectStore("entries"));
    // Only once the change is written for good.
    change.oncomplete = () => done(asked.result);
    change.onerror = change.onabort = () => failed(change.error);
  });
}

const entries = () => store("readonly", (all) => all.getAll());
const keep = (entry) => store("readwrite", (all) => all.put(entry));
const forget = (key) => store("readwrite", (all) => all.delete(key));

// -- what is shown

const element = (name, text, classes = "") => Object.assign(document.createElement(name), { textContent: text, className: classes });

function metres(sign) {
  if (!here) return null;
  const east = (sign.lon - here.lon) * 111320 * Math.cos((here.lat * Math.PI) / 180);
  return Math.hypot(east, (sign.lat - here.lat) * 110950);
}

async function show() {
  const waiting = await entries();
  const seen = new Set(waiting.map((entry) => entry.sign));
  const ordered = here ? [...signs].sort((a, b) => metres(a) - metres(b)) : signs;
  $("field-list").replaceChildren(
    ...ordered.slice(0, SHOWN).map((sign) => {
      const row = document.createElement("li");
      const button = element("button", "", "field-sign");
      button.type = "button";
      button.dataset.sign = sign.id;
      const name = element("strong", sign.text);
      name.lang = "zh-Hans";
      const far = here ? `${Math.round(metres(sign))} m · ` : "";
      button.append(name, element("span", `${far}${sign.where} · ${sign.number}`));
      if (seen.has(sign.id)) button.append(element("span", words.kept, "state state-caution"));
      button.addEventListener("click", () => choose(sign));
      row.append(button);
      return row;
    }),
  );
  $("field-waiting").textContent = waiting.length ? words.waiting.replace("%s", waiting.length) : words.nothing;
  $("field-refused").replaceChildren(
    ...waiting
      .filter((entry) => entry.problem)
      .map((entry) => {
        const row = element("li", `${entry.text}: ${entry.problem} `);
        const away = element("button", words.discard, "button button-quiet");
        away.type = "button";
        away.addEventListener("click", async () => {
          await forget(entry.key);
          show();
        });
        row.append(away);
        return row;
      }),
  );
}

function choose(sign) {
  const form = $("field-form");
  form.reset();
  form.dataset.sign = sign.id;
  $("field-name").textContent = sign.text;
  $("field-dialog").showModal();
}

// -- an entry

async function enter(found) {
  const form = $("field-form");
  const sign = signs.find((one) => String(one.id) === form.dataset.sign);
  const photo = $("field-photo").files[0];
  await keep({
    key: crypto.randomUUID(),
    sign: sign.id,
    text: sign.text,
    day: today(),
    defects: found,
    note: $("field-note").value,
    lon: here?.lon ?? null,
    lat: here?.lat ?? null,
    accuracy: here?.accuracy ?? null,
    photo: photo ?? null,
    problem: "",
  });
  $("field-dialog").close();
  await show();
  send();
}

function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}

function body(entry) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", words.token);
  for (const name of ["key", "sign", "note"]) data.set(name, entry[name]);
  data.set("on_day", entry.day);
  for (const code of entry.defects) data.append("defects", code);
  if (entry.lon !== null) {
    for (const name of ["lon", "lat"]) data.set(name, entry[name].toFixed(7));
    data.set("accuracy", entry.accuracy);
  }
  if (entry.photo) data.set("photos", entry.photo, "photo.jpg");
  return data;
}

/** Send what waits, one after another. An entry goes only when the server has said that it is kept. */
async function send() {
  if (sending) {
    // Asked while the last attempt still hangs: once more after it.
    again = true;
    return;
  }
  sending = true;
  try {
    for (const entry of await entries()) {
      if (entry.problem) continue;
      const answer = await fetch(words.send, { method: "POST", body: body(entry), headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.ok && (await answer.json()).kept === entry.key) await forget(entry.key);
      else if (answer.status === 422 || answer.status === 404) await keep({ ...entry, problem: (await answer.json()).problem });
      else {
        $("field-said").textContent = words.again;
        break;
      }
    }
  } catch {
    // No signal: it is tried again.
  } finally {
    sending = false;
    show();
    if (again) {
      again = false;
      send();
    }
  }
}

// -- beginning

for (const [code, label] of defects) {
  const line = element("label", "");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "defects", value: code });
  line.append(box, element("span", label));
  $("field-defect-list").append(line);
}
$("field-fine").addEventListener("click", () => enter([]));
$("field-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const found = new FormData(event.target).getAll("defects");
  if (found.length) enter(found);
  else $("field-none").hidden = false;
});
$("field-close").addEventListener("click", () => $("field-dialog").close());
$("field-dialog").addEventListener("close", () => {
  $("field-none").hidden = true;
});
$("field-here").addEventListener("click", () => {
  $("field-said").textContent = words.looking;
  navigator.geolocation?.watchPosition(
    ({ coords }) => {
      here = { lon: coords.longitude, lat: coords.latitude, accuracy: Math.round(coords.accuracy) };
      $("field-said").textContent = words.found.replace("%s", here.accuracy);
      show();
    },
    () => {
      $("field-said").textContent = words.lost;
    },
    { enableHighAccuracy: true, maximumAge: 10000, timeout: 20000 },
  );
});
addEventListener("online", send);
setInterval(send, 30000);
navigator.serviceWorker?.register(words.worker, { scope: words.scope });
await show();
send();
page.dataset.ready = "yes";
