// Moves through the rows of the queue by key; Enter follows the link that has the focus.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("a[data-row]")];

  function onMove(event) {
    const control = event.target.closest("[data-move]");
    if (!control) { return; }
    const all = rows();
    const at = all.indexOf(document.activeElement);
    const wanted = at < 0 ? 0 : Math.min(Math.max(at + Number(control.dataset.move), 0), all.length - 1);
    all[wanted].focus();
    all[wanted].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", onMove);
})();
