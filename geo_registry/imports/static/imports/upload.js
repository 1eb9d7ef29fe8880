// The page to choose a file on: files can be dropped, and sending shows how far it is. Without this the plain form works.

const form = document.getElementById("upload");
const input = document.getElementById("file");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

const show = () => {
  document.querySelector('main [role="alert"]')?.remove();
  chosen.textContent = [...input.files].map((file) => `${file.name} (${size(file.size)})`).join("、");
};

// One sentence above the form; what was chosen stays chosen.
const tell = (sentence) => {
  document.querySelector('main [role="alert"]')?.remove();
  const told = Object.assign(document.createElement("p"), { className: "error", textContent: sentence });
  told.setAttribute("role", "alert");
  form.before(told);
  told.scrollIntoView({ block: "center" });
};

const tooLarge = () => [...input.files].reduce((sum, file) => sum + file.size, 0) > Number(form.dataset.limitMb) * 1024 * 1024;

if (form) {
  input.addEventListener("change", () => {
    show();
    if (tooLarge()) tell(form.dataset.tooLarge);
  });
  for (const type of ["dragenter", "dragover"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const type of ["dragleave", "drop"]) {
    drop.addEventListener(type, () => drop.classList.remove("is-over"));
  }
  // A file that misses the box must not replace the page.
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Nobody sends two gigabytes to be told that they are too many.
    if (tooLarge()) {
      tell(form.dataset.tooLarge);
      return;
    }
    const button = form.querySelector('button[type="submit"]');
    button.disabled = true;
    const sending = document.getElementById("sending");
    const bar = document.getElementById("sent");
    sending.hidden = false;
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total;
    });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL !== window.location.href) {
        window.location.assign(request.responseURL);
        return;
      }
      // What was chosen stays chosen; only the sentence is taken out of the server's page.
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const told = page.querySelector('main [role="alert"]');
      sending.hidden = true;
      button.disabled = false;
      if (told) tell(told.textContent.trim());
      else if (request.status === 413) tell(form.dataset.tooLarge);
      else tell(form.dataset.refused.replace("{status}", request.status));
    });
    request.addEventListener("error", () => {
      sending.hidden = true;
      button.disabled = false;
      tell(form.dataset.broken);
    });
    request.open("POST", window.location.href);
    request.send(new FormData(form));
  });
}
