// The header's menus are <details>: they open and close without this script. It adds what hands expect: one menu at a time, Escape
// and a click elsewhere close it, the arrow keys go through its links, and it closes behind somebody who tabs on.
const menus = [...document.querySelectorAll("details.menu")];

const close = (menu, { focus = false } = {}) => {
  if (!menu.open) return;
  menu.open = false;
  if (focus) menu.querySelector("summary").focus();
};

const stops = (menu) => [...menu.querySelectorAll(".menu-links a, .menu-links button")];

for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    if (menu.open) for (const other of menus) if (other !== menu) close(other);
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu);
  });
  menu.addEventListener("keydown", (event) => {
    const links = stops(menu);
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      if (!menu.open) return;
      close(menu, { focus: true });
    } else if (event.key === "ArrowDown") {
      menu.open = true;
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      if (at === 0) menu.querySelector("summary").focus();
      else links[at - 1].focus();
    } else if (event.key === "Home" && at >= 0) links[0].focus();
    else if (event.key === "End" && at >= 0) links.at(-1).focus();
    else return;
    event.preventDefault();
  });
}

// On a phone all of them are behind one word.
const toggle = document.querySelector(".nav-toggle");
const header = toggle?.closest(".site-header");
const unfold = (open) => {
  header.classList.toggle("is-unfolded", open);
  toggle.setAttribute("aria-expanded", String(open));
};
toggle?.addEventListener("click", () => unfold(!header.classList.contains("is-unfolded")));
document.getElementById("office-nav")?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !header.classList.contains("is-unfolded")) return;
  unfold(false);
  toggle.focus();
});

document.addEventListener("pointerdown", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) close(menu);
});
