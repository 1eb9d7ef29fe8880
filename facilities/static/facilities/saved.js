// A card was saved: what the browser kept of its typing is not needed any more.

if (location.hash === "#saved") {
  try {
    const key = sessionStorage.getItem("facility-sent");
    if (key) localStorage.removeItem(key);
    sessionStorage.removeItem("facility-sent");
  } catch {
    // Nothing is kept where nothing may be kept.
  }
  history.replaceState(null, "", location.pathname + location.search);
}
