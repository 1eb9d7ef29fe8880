// The queue by keyboard and by phone: Enter confirms, what is typed is checked at once and kept on this device until the
// server has it. Without scripts the form works all the same, without the checks while typing.

const DRAFT_DAYS = 14;
const CHECK_AFTER_MS = 350;
const NOT_BEFORE_MS = 400; // an Enter meant for the last facility must not confirm this one
const opened = Date.now();
const form = document.getElementById("confirmation");
const decision = document.getElementById("decision");

function storage(action) {
  try {
    return action(window.localStorage);
  } catch {
    return null; // refused or full: the form works without
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey) return;
  if (event.altKey && event.code === "KeyN") {
    event.preventDefault();
    document.getElementById("leave")?.click();
  } else if (event.altKey && event.code === "KeyR") {
    event.preventDefault();
    document.getElementById("reason")?.focus();
  } else if (event.key === "Enter" && event.target === document.body) {
    event.preventDefault();
    if (!event.repeat && Date.now() - opened > NOT_BEFORE_MS) document.getElementById("send")?.click();
  }
});

if (form) run(form);
else if (decision) decide(decision);

// What is written beside a fact goes back, and the rest is approved: the button says so.
function decide(form) {
  const send = document.getElementById("send");
  const usual = send.textContent;
  const doubts = [...form.elements].filter((control) => control.name.startsWith("doubt-"));
  const tell = () => {
    send.textContent = doubts.some((control) => control.value.trim()) ? form.dataset.rest : usual;
  };
  for (const control of doubts) {
    control.addEventListener("input", tell);
    control.closest("details").addEventListener("toggle", (event) => event.target.open && control.focus());
  }
  tell();
  form.addEventListener("submit", () => setTimeout(() => (send.disabled = true)));
}

function run(form) {
  const key = form.dataset.draft;
  const send = document.getElementById("send");
  const trouble = document.getElementById("trouble");
  const notKept = new Set(["csrfmiddlewaretoken", "token", "town"]);
  let asked = 0;
  let timer = 0;

  const fields = () => Object.fromEntries([...new FormData(form)].filter(([name]) => !notKept.has(name)));

  function keep() {
    storage((store) => store.setItem(key, JSON.stringify({ at: Date.now(), fields: fields() })));
  }

  function forget() {
    storage((store) => store.removeItem(key));
  }

  // What was typed here before comes back with the version it was typed against, so that the server notices if somebody
  // else answered in between. After a refusal the server has sent back what was typed, and that is newer.
  function restore() {
    const text = storage((store) => store.getItem(key));
    if (!text || document.querySelector(".message-error:not([hidden])")) return;
    const draft = JSON.parse(text);
    for (const [name, value] of Object.entries(draft.fields)) {
      const control = form.elements[name];
      if (control) control.value = value;
    }
    document.getElementById("draft").hidden = false;
    check();
  }

  function tidy() {
    storage((store) => {
      for (const name of Object.keys(store)) {
        if (!name.startsWith("confirmation-")) continue;
        let at = 0;
        try {
          at = JSON.parse(store.getItem(name)).at;
        } catch {
          // not one of ours any more
        }
        if (Date.now() - at > DRAFT_DAYS * 86_400_000) store.removeItem(name);
      }
    });
  }

  function show(problem, text) {
    const place = document.getElementById(`${problem}-problem`);
    const control = form.elements[problem];
    if (!place || !control) return;
    place.textContent = text;
    place.hidden = !text;
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    control.closest(".field")?.classList.toggle("has-error", Boolean(control.closest(".field").querySelector(".error:not([hidden])")));
  }

  async function check() {
    const mine = (asked += 1);
    let response;
    try {
      response = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
    } catch {
      return; // no connection: said when the form is sent
    }
    if (mine !== asked || !response.ok || response.redirected) return;
    const found = await response.json();
    for (const name of new Set([...new FormData(form).keys()])) show(name, found.problems[name] ?? "");
    for (const line of form.querySelectorAll("[data-code]")) {
      const place = line.querySelector(".round-unusual");
      const why = found.unusual[line.dataset.code];
      place.textContent = why ? `${form.dataset.waits} ${why}` : "";
      place.hidden = !why;
      line.classList.toggle("is-changed", found.changed.includes(line.dataset.code));
    }
    const aloud = document.getElementById("aloud");
    if (aloud) aloud.textContent = found.hours;
    send.textContent = found.changed.length ? form.dataset.correct : form.dataset.confirm;
    if (found.held_by) say(form.dataset.held.replace("%s", found.held_by));
  }

  function say(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  form.addEventListener("input", () => {
    keep();
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_AFTER_MS);
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    asked += 1;
    say("");
    keep();
    send.disabled = true;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      if (response.redirected) {
        say(form.dataset.signedOut);
      } else if (response.ok) {
        forget();
        window.location.assign((await response.json()).next);
        return;
      } else if (response.status < 500) {
        // The page says what is wrong; it is asked for as a page, with the same mark, so that nothing is done twice.
        form.submit();
        return;
      } else {
        say(form.dataset.failed);
      }
    } catch {
      say(form.dataset.offline);
    }
    send.disabled = false;
    send.focus();
  });

  document.getElementById("discard").addEventListener("click", () => {
    forget();
    window.location.reload();
  });

  // A page that comes back from the browser's memory shows an old version: it is fetched again.
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

  tidy();
  restore();
}
