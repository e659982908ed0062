// One key for each control that bears `data-key`: it is pressed, or focused where one types into it.
// `data-says` says what it does; `?` lists the keys of the page. No key works while somebody types or holds Ctrl.
"use strict";
(() => {
  const TYPED_INTO = "input:not([type=checkbox]):not([type=radio]):not([type=submit]), textarea, select, [contenteditable]";
  const dialog = document.getElementById("keys");

  const shown = (control) => control.checkVisibility ? control.checkVisibility() : control.offsetParent !== null;

  function controlOf(key) {
    const scope = document.querySelector("dialog[open]") || document;
    return [...scope.querySelectorAll("[data-key]")]
      .find((control) => control.dataset.key === key && !control.disabled && shown(control));
  }

  function press(control) {
    if (control.matches(TYPED_INTO)) { control.focus(); } else { control.click(); }
  }

  function onKeydown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    const typing = event.target instanceof Element && event.target.matches(TYPED_INTO);
    if (typing && event.key !== "Escape") { return; }
    if (typing) { event.target.blur(); return; }
    const control = controlOf(event.key);
    if (!control) { return; }
    event.preventDefault();
    if (event.repeat && control.closest("form")) { return; } // a key that is held down decides once
    press(control);
  }

  function row(control) {
    const line = document.createElement("tr");
    const key = document.createElement("kbd");
    key.textContent = control.dataset.key === " " ? "␣" : control.dataset.key;
    line.insertCell().append(key);
    line.insertCell().textContent = control.dataset.says || control.textContent.trim();
    return line;
  }

  function onShowKeys() {
    const seen = new Set();
    const controls = [...document.querySelectorAll("[data-key]")].filter((control) => {
      const isNew = shown(control) && !seen.has(control.dataset.key);
      seen.add(control.dataset.key);
      return isNew;
    });
    dialog.querySelector("tbody").replaceChildren(...controls.map(row));
    dialog.showModal();
  }

  document.addEventListener("keydown", onKeydown);
  document.getElementById("show-keys").addEventListener("click", onShowKeys);
})();
