// Share, print, embed, and read aloud where the browser can.

const tools = document.getElementById("page-tools");
const said = document.getElementById("tools-said");
const reader = tools?.querySelector('[data-tool="read"]');

/** What is read: what the page marks so, as sentences. */
function words() {
  const shown = [...document.querySelectorAll("[data-read]")].filter((part) => part.getClientRects().length);
  return shown.map((part) => part.innerText.replace(/\s+/g, " ").trim()).filter(Boolean).join("。\n");
}

function stop() {
  window.speechSynthesis.cancel();
  reader.setAttribute("aria-pressed", "false");
}

function read() {
  if (reader.getAttribute("aria-pressed") === "true") {
    stop();
    return;
  }
  window.speechSynthesis.cancel();
  // Some browsers fall silent in the middle of long texts: one sentence at a time.
  const sentences = words().split("\n");
  sentences.forEach((sentence, i) => {
    const spoken = new SpeechSynthesisUtterance(sentence);
    spoken.lang = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en";
    spoken.rate = 0.9;
    if (i === sentences.length - 1) spoken.addEventListener("end", stop);
    spoken.addEventListener("error", stop);
    window.speechSynthesis.speak(spoken);
  });
  reader.setAttribute("aria-pressed", "true");
}

async function share() {
  const page = { title: document.title, url: window.location.href };
  if (navigator.share) {
    try {
      await navigator.share(page);
      return;
    } catch (error) {
      if (error.name === "AbortError") return;
    }
  }
  try {
    await navigator.clipboard.writeText(page.url);
    said.textContent = tools.dataset.copied;
  } catch {
    said.textContent = tools.dataset.notCopied;
  }
}

function writeEmbed(code) {
  const frame = document.createElement("iframe");
  frame.src = new URL(code.dataset.src, window.location.href).href;
  frame.title = code.dataset.title;
  frame.width = "100%";
  frame.height = "600";
  code.value = frame.outerHTML;
  code.addEventListener("focus", () => code.select());
}

if (tools) {
  tools.hidden = false;
  if ("speechSynthesis" in window) {
    reader.hidden = false;
    window.addEventListener("pagehide", () => window.speechSynthesis.cancel());
  }
  const code = document.getElementById("embed-code");
  if (code) writeEmbed(code);
  tools.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]")?.dataset.tool;
    if (tool === "read") read();
    if (tool === "share") share();
    if (tool === "print") window.print();
  });
}
