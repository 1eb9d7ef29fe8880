// Large text and high contrast, chosen once and remembered in this browser only. Runs before the page is drawn, so it is
// a plain script and not a module. Without scripts the buttons are not shown: the browser's own zoom does the same.
(() => {
  const root = document.documentElement;
  // Where there are scripts, a phone's menu opens at a touch; without, it is always there.
  root.classList.add("scripted");
  const modes = { text: "large", contrast: "high" };

  const stored = (name) => {
    try {
      return window.localStorage.getItem(`reading-${name}`) === modes[name];
    } catch {
      return false; // storage may be refused: the choice then lasts for this page
    }
  };

  const apply = (name, on) => {
    if (on) root.dataset[name] = modes[name];
    else delete root.dataset[name];
  };

  for (const name of Object.keys(modes)) apply(name, stored(name));

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("button[data-reading]")) {
      const name = button.dataset.reading;
      const show = () => button.setAttribute("aria-pressed", String(name in root.dataset));
      button.closest("[hidden]")?.removeAttribute("hidden");
      button.addEventListener("click", () => {
        const on = !(name in root.dataset);
        apply(name, on);
        try {
          window.localStorage.setItem(`reading-${name}`, on ? modes[name] : "");
        } catch {
          // as above
        }
        show();
        document.dispatchEvent(new CustomEvent("reading-changed"));
      });
      show();
    }
  });
})();
