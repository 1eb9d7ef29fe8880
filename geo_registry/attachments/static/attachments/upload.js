// Files are sent as soon as they are chosen, one after the other, so that a form that comes back has lost nothing. Whoever
// saves before all has arrived waits; a file that did not arrive can be sent again. Without this script the files go with the form.

for (const upload of document.querySelectorAll("[data-upload]")) {
  begin(upload);
}

function begin(upload) {
  const form = upload.closest("form");
  const list = upload.querySelector(".upload-list");
  const says = upload.querySelector(".upload-says");
  const words = upload.dataset;
  const kinds = [...upload.querySelectorAll("[data-upload-kind]")].map((input) => input.value);
  const limits = Object.fromEntries(
    [...upload.querySelectorAll("[data-upload-limit]")].map((input) => [
      input.dataset.uploadLimit,
      Number(input.value),
    ]),
  );
  const queue = [];
  let busy = false;
  let submitter = null;

  upload.classList.add("upload-ready");

  for (const input of upload.querySelectorAll('input[type="file"]')) {
    input.addEventListener("change", () => {
      const chosen = [...input.files];
      input.value = "";
      for (const file of chosen) {
        add(file);
      }
    });
  }

  upload.addEventListener("dragover", (event) => event.preventDefault());
  upload.addEventListener("drop", (event) => {
    event.preventDefault();
    for (const file of event.dataTransfer.files) {
      add(file);
    }
  });

  form.addEventListener("submit", (event) => {
    if (busy || queue.length) {
      event.preventDefault();
      submitter = event.submitter ?? form;
      says.textContent = words.wait;
    }
  });

  function add(file) {
    if (words.multiple === "no") {
      list.replaceChildren();
    }
    const item = document.createElement("li");
    if (file.type.startsWith("image/")) {
      const picture = document.createElement("img");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
      item.append(picture);
    }
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = file.name;
    item.append(name);
    list.append(item);
    const limit = limits[file.type.split("/")[0]] ?? limits.document ?? Math.max(...Object.values(limits));
    if (file.size > limit) {
      const megabytes = Math.floor(limit / 1e6);
      refuse(item, words.tooLarge.replace("{file}", file.name).replace("{limit}", megabytes));
      return;
    }
    queue.push({ file, item });
    next();
  }

  function next() {
    if (busy) {
      return;
    }
    const job = queue.shift();
    if (job) {
      send(job);
    } else if (submitter) {
      const by = submitter;
      submitter = null;
      says.textContent = "";
      if (list.querySelector(".error")) {
        list.querySelector(".error").scrollIntoView({ block: "center" });
      } else if (by === form) {
        form.requestSubmit();
      } else {
        form.requestSubmit(by);
      }
    }
  }

  function send(job) {
    busy = true;
    const { file, item } = job;
    const progress = document.createElement("progress");
    progress.setAttribute("aria-label", `${file.name}: ${words.sending}`);
    progress.max = 1;
    progress.value = 0;
    item.append(progress);
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form.querySelector('[name="csrfmiddlewaretoken"]').value);
    for (const kind of kinds) {
      data.append("kind", kind);
    }
    data.append("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", words.address);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) {
        progress.value = event.loaded / event.total;
      }
    });
    request.addEventListener("loadend", () => {
      progress.remove();
      busy = false;
      const answer = request.response;
      if (request.status === 200 && answer?.id) {
        kept(item, answer);
      } else if (answer?.error) {
        refuse(item, answer.error);
      } else {
        refuse(item, `${file.name}: ${words.noWay}`, job);
      }
      next();
    });
    request.send(data);
  }

  function kept(item, answer) {
    const label = document.createElement("label");
    label.className = "upload-keep";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.name = words.name;
    box.value = answer.id;
    box.checked = true;
    label.append(box, words.keep);
    item.append(label);
    upload.dispatchEvent(new CustomEvent("upload:kept", { bubbles: true, detail: answer }));
  }

  function refuse(item, sentence, job = null) {
    const error = document.createElement("p");
    error.className = "error";
    error.setAttribute("role", "alert");
    error.textContent = sentence;
    item.append(error);
    const buttons = [];
    if (job) {
      buttons.push(
        button(words.again, () => {
          queue.push(job);
          next();
        }),
      );
    }
    buttons.push(button(words.drop, () => item.remove()));
    item.append(...buttons);

    function button(text, does) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button-link";
      made.textContent = text;
      made.addEventListener("click", () => {
        error.remove();
        for (const other of buttons) {
          other.remove();
        }
        does();
      });
      return made;
    }
  }
}
