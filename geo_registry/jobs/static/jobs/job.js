// Keeps the page of a piece of background work up to date: asks once a second, less often while the server is away.
"use strict";

(() => {
  const section = document.getElementById("job");
  const bar = document.getElementById("job-progress");
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  let pause = 1000;

  const show = (job) => {
    // The words change only when they differ, so that a screen reader does not repeat them every second.
    const state = part("state").firstElementChild;
    if (state.textContent !== job.state_label) {
      state.textContent = job.state_label;
    }
    part("message").textContent = job.message;
    if (job.percent === null) {
      bar.removeAttribute("value");
      part("percent").textContent = "";
    } else {
      bar.value = job.percent;
      part("percent").textContent = `${job.percent}%`;
    }
  };

  // The page that is loaded anew counts as the end being seen: that waits until somebody looks.
  const showEnd = () => {
    if (document.visibilityState === "visible") {
      window.location.reload();
    } else {
      document.addEventListener("visibilitychange", showEnd, { once: true });
    }
  };

  const ask = async () => {
    try {
      // Who has the page in front of the eyes when the work ends need not be told of it elsewhere.
      const watched = document.visibilityState === "visible" ? "?watched=1" : "";
      const answer = await fetch(section.dataset.stateUrl + watched, { headers: { Accept: "application/json" } });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const job = await answer.json();
      if (job.finished) {
        showEnd();
        return;
      }
      show(job);
      pause = 1000;
    } catch {
      pause = Math.min(pause * 2, 15000);
    }
    window.setTimeout(ask, pause);
  };

  if (section.dataset.finished === "no") {
    window.setTimeout(ask, pause);
  }
})();
