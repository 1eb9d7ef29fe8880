// Into which facility one is merged is asked only of one that is merged.

const status = document.getElementById("id_status");
const target = document.querySelector("[data-only-if-merged]");

function fit() {
  target.hidden = status.value !== "merged" && !target.querySelector("input").value && !target.classList.contains("has-error");
}

if (status && target) {
  status.addEventListener("change", fit);
  fit();
}
