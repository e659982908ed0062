// Tells what a request of the page came to: a refusal or a lost connection is never silent.
"use strict";
(() => {
  const told = document.getElementById("told");

  function tell(...sentences) {
    told.replaceChildren(...sentences.filter(Boolean).map((sentence) => {
      const line = document.createElement("p");
      line.textContent = sentence;
      return line;
    }));
    told.classList.add("shown");
  }

  document.addEventListener("desk:refused", (event) => tell(event.detail.message, event.detail.do));
  document.addEventListener("desk:told", (event) => tell(event.detail.value || event.detail.message));
  document.addEventListener("htmx:sendError", () => tell(told.dataset.lost));
  document.addEventListener("htmx:beforeRequest", () => told.classList.remove("shown"));
})();
