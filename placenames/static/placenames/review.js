// Review by keyboard: Enter says "in order" (the button has the focus), Alt+D "to be looked into", Alt+N leaves it.

const form = document.getElementById("review");
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.code === "KeyN") {
    event.preventDefault();
    document.getElementById("next").click();
  } else if (event.code === "KeyD") {
    event.preventDefault();
    if (form.elements.note.value.trim()) form.querySelector('[value="doubted"]').click();
    else form.elements.note.focus();
  }
});
form.elements.note.addEventListener("keydown", (event) => {
  // In the note, Enter means the doubt that is being written.
  if (event.key === "Enter" && form.elements.note.value.trim()) {
    event.preventDefault();
    form.querySelector('[value="doubted"]').click();
  }
});
