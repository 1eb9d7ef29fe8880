// What all rooms of the workspace share: a word of the sentence that is changed asks anew at once, and what has not been computed
// yet is computed in the background, with its progress on the page and the answer in its place as soon as it is there.
document.documentElement.classList.add("scripted");

const ASKED = "coverage-asked";

// Whoever asks anew by a key goes on from the same word, and need not come to it from the top of the page once more.
const ASKED_BY = "asked-by";
let byKey = false;
document.addEventListener("keydown", () => { byKey = true; });
document.addEventListener("pointerdown", () => { byKey = false; });
const [askedAt, askedBy] = JSON.parse(sessionStorage.getItem(ASKED_BY) ?? "[]");
sessionStorage.removeItem(ASKED_BY);
if (askedAt === window.location.pathname) {
  document.querySelector(`form[data-submit-on-change] [name="${CSS.escape(askedBy)}"]:not([type=hidden])`)?.focus({ preventScroll: true });
}

for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", (event) => {
    // A day that is half typed is none yet.
    if (event.target.validity && !event.target.validity.valid) return;
    if (byKey) sessionStorage.setItem(ASKED_BY, JSON.stringify([new URL(form.action).pathname, event.target.name]));
    form.requestSubmit();
  });
  // Words that say what holds anyway stay out of the address.
  form.addEventListener("submit", () => {
    if (form.matches("[data-asks]")) sessionStorage.setItem(ASKED, "yes");
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  });
}

// A page that comes back from the browser's memory has its words again.
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-submit-on-change] [disabled]")) field.disabled = false;
});

// What is typed and not sent yet outlasts a reload, in this tab alone; a wish that may be sent again with a change, its sending too.
for (const form of document.querySelectorAll("form[data-kept]")) {
  const key = `kept:${form.dataset.kept}`;
  const fields = () => [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "submit");
  const isChoice = (field) => field.type === "checkbox" || field.type === "radio";
  const said = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (said) {
    for (const field of fields()) {
      if (isChoice(field)) field.checked = said.some(([name, value]) => name === field.name && value === field.value);
      else field.value = said.find(([name]) => name === field.name)?.[1] ?? field.value;
    }
    // What will be sent is to be seen.
    for (const folded of form.querySelectorAll("details")) if (folded.querySelector(":checked")) folded.open = true;
  }
  form.addEventListener("input", () => {
    const now = fields().filter((one) => !isChoice(one) || one.checked);
    sessionStorage.setItem(key, JSON.stringify(now.map((one) => [one.name, one.value])));
  });
  if (!("keptAfter" in form.dataset)) form.addEventListener("submit", () => sessionStorage.removeItem(key));
}

const box = document.querySelector("[data-computing]");

const follow = (box, stateUrl) => {
  const bar = box.querySelector("progress");
  const words = box.querySelector("[data-message]");
  const error = box.querySelector("[data-error]");
  let pause = 400;
  const ask = async () => {
    try {
      // Who has the page in front of the eyes when the work ends need not be told of it elsewhere.
      const watched = document.visibilityState === "visible" ? "?watched=1" : "";
      const answer = await fetch(stateUrl + watched, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const job = await answer.json();
      error.textContent = "";
      if (job.finished && job.state === "succeeded") {
        window.location.replace(box.dataset.here || job.result_url);
        return;
      }
      if (job.finished) {
        stopped(box, job.error || job.state_label);
        return;
      }
      if (job.percent === null) bar.removeAttribute("value");
      else bar.value = job.percent;
      const said = job.message || job.state_label;
      if (words.textContent !== said) words.textContent = said;
      pause = 400;
    } catch {
      error.textContent = box.dataset.failed;
      pause = Math.min(pause * 2, 15000);
    }
    window.setTimeout(ask, pause);
  };
  ask();
};

// It is not computed any more: why, and the button to begin anew. What is asked in a form of its own has no such button.
const stopped = (box, why) => {
  box.querySelector("[data-error]").textContent = why;
  box.querySelector("[data-progress]").hidden = true;
  const form = box.querySelector("[data-compute]");
  if (form) form.hidden = false;
};

// Whoever takes it back before the server has said what it is called has taken it back as well: that is sent as soon as it is known.
let takenBack = false;

const cancelNow = async (cancel) => {
  const url = cancel.getAttribute("action");
  if (!url) return;
  const error = box.querySelector("[data-error]");
  try {
    const answer = await fetch(url, { method: "POST", body: new FormData(cancel) });
    if (!answer.ok) throw new Error(String(answer.status));
  } catch {
    error.textContent = box.dataset.failed;
    cancel.querySelector("button").disabled = false;
  }
};

const start = async (box, form) => {
  const cancel = box.querySelector("[data-cancel]");
  takenBack = false;
  cancel.setAttribute("action", "");
  cancel.querySelector("button").disabled = false;
  box.querySelector("[data-error]").textContent = "";
  form.hidden = true;
  box.querySelector("[data-progress]").hidden = false;
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
    });
    if (answer.redirected) {
      window.location.replace(answer.url);
      return;
    }
    const said = await answer.json();
    if (!answer.ok) {
      stopped(box, said.error);
      return;
    }
    cancel.setAttribute("action", said.cancel_url);
    if (takenBack) await cancelNow(cancel);
    follow(box, said.state_url);
  } catch {
    stopped(box, box.dataset.failed);
  }
};

if (box) {
  const form = box.querySelector("[data-compute]");
  const cancel = box.querySelector("[data-cancel]");
  cancel?.addEventListener("submit", (event) => {
    event.preventDefault();
    takenBack = true;
    cancel.querySelector("button").disabled = true;
    cancelNow(cancel);
  });
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    start(box, form);
  });
  if (box.dataset.stateUrl) follow(box, box.dataset.stateUrl);
  // Whoever has just changed a word wants the answer; whoever follows a link decides first.
  else if (form && sessionStorage.getItem(ASKED)) start(box, form);
}
sessionStorage.removeItem(ASKED);
