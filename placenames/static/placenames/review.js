// Review by keyboard: Enter says "in order" (the button has the focus), Alt+D "to be looked into", Alt+N leaves it. The next name comes
// with the answer to what was said of the last one, and takes its place; without a connection the page is sent as it is.

const queue = document.querySelector("main");
// Which button sent the form; Enter in a field presses the first. Older browsers do not say it with the form.
let pressed = "fine";

function form() {
  return document.getElementById("review");
}

/** Put the next name in the place of the last one, and the keyboard where it was. */
function show(html) {
  const parts = new DOMParser().parseFromString(html, "text/html").body;
  const head = parts.querySelector(".queue-head");
  const card = parts.querySelector(".queue-card, .empty");
  if (!head || !card) throw new Error("no part");
  document.querySelector(".queue-head").replaceWith(head);
  form().replaceWith(card);
  card.tabIndex = -1;
  (card.querySelector('[value="fine"]') ?? card).focus();
}

async function ask(address, options, instead) {
  queue.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { ...options, headers: { "X-Part": "queue" } });
    // What is refused (422) comes with its reason beside the field.
    if (!response.ok && response.status !== 422) throw new Error(String(response.status));
    show(await response.text());
    if (response.status === 422) form().elements.note.focus();
  } catch {
    instead();
  } finally {
    queue.removeAttribute("aria-busy");
  }
}

queue.addEventListener("submit", (event) => {
  const sent = event.target;
  if (sent.id !== "review") return;
  event.preventDefault();
  if (queue.hasAttribute("aria-busy")) return;
  const data = new FormData(sent);
  data.set("outcome", pressed);
  ask(location.href, { method: "POST", body: data }, () => {
    // The browser's own way of sending tells what is wrong.
    sent.append(Object.assign(document.createElement("input"), { type: "hidden", name: "outcome", value: pressed }));
    sent.submit();
  });
});

queue.addEventListener("click", (event) => {
  const button = event.target.closest('#review [name="outcome"]');
  if (button) pressed = button.value;
  const link = event.target.closest("#next");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (queue.hasAttribute("aria-busy")) return;
  ask(link.href, {}, () => location.assign(link.href));
});

document.addEventListener("keydown", (event) => {
  const shown = form();
  if (!shown) return;
  const note = shown.elements.note;
  if (event.target === note && event.key === "Enter" && note.value.trim()) {
    // In the note, Enter means the doubt that is being written.
    event.preventDefault();
    shown.querySelector('[value="doubted"]').click();
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.code === "KeyN") {
    event.preventDefault();
    document.getElementById("next").click();
  } else if (event.code === "KeyD") {
    event.preventDefault();
    if (note.value.trim()) shown.querySelector('[value="doubted"]').click();
    else note.focus();
  }
});
