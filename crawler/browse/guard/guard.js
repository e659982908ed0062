// Runs in an isolated world of every frame, before the page's own scripts: stops clicks and submits on controls
// whose label commits. The page can neither see nor remove it. page.py puts in the configuration and the
// name of the binding.
(() => {
  const config = CONFIG;
  if (globalThis.pantauGuard) {
    globalThis.pantauGuard.configure(config);
    return;
  }

  const PRESSES = ["pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend"];
  const CLICKS = ["click", "auxclick", "dblclick"];
  const KEYS = ["keydown", "keypress", "keyup"];
  const BUTTON = "button, input[type=submit], input[type=button], input[type=image], summary, [role=button]";
  const LINK = "a[href], area[href], [role=link]";
  const CHOICE =
    "label, option, select, input[type=radio], input[type=checkbox], [role=radio], [role=checkbox], [role=tab], " +
    "[role=option], [role=switch], [role=menuitemradio], [role=menuitemcheckbox]";
  const LONGEST = 400; // characters of a label that are looked at
  const LONGEST_PLAIN = 80; // a longer text without a control is a passage, not a label
  const AGAIN_MS = 1000; // one attempt is several events, and a page may click in a loop
  const INVISIBLE = /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]/g;
  const AMOUNT = /(?:rp|idr|usd|us\$|\$|€|£)\s*\.?\s*\d[\d.,]*(?:,-)?|\(\s*\d+[^)]{0,20}\)|(?<![\p{L}\p{N}])\d[\d.,]*(?![\p{L}\p{N}])/gu;

  let phrases = [];
  let stage = null;
  const told = new Map();

  const edges = (text) => text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  const tidy = (text) =>
    String(text ?? "").slice(0, 4 * LONGEST).replace(INVISIBLE, "").replace(/\s+/g, " ").trim().slice(0, LONGEST);
  /** A label as it is read: without marks, and letters that only look like others as those others. */
  const fold = (text, ambiguous = "i") =>
    tidy(text)
      .normalize("NFKC")
      .toLowerCase()
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .replace(/[^\x00-\x7f]/gu, (char) => (config.letters[char] === "i" ? ambiguous : (config.letters[char] ?? char)));

  function configure(given) {
    stage = given.stage;
    phrases = given.phrases.filter((phrase) => !phrase.stages.length || phrase.stages.includes(stage));
    for (const phrase of phrases) {
      if (phrase.match.startsWith("pattern")) phrase.pattern = new RegExp(`^(?:${phrase.word})(?![\\p{L}\\p{N}])`, "u");
    }
  }

  /** How many characters of a label a phrase takes up; 0 if it does not fit. */
  function taken(phrase, texts) {
    if (phrase.match === "whole") return texts.includes(phrase.word) ? phrase.word.length : 0;
    if (phrase.pattern) {
      const found = texts.map((text) => phrase.pattern.exec(text)?.[0] ?? "");
      const whole = found.filter((each, at) => phrase.match === "pattern" || each === texts[at]);
      return Math.max(0, ...whole.map((each) => each.length));
    }
    const starts = (text) => text.startsWith(phrase.word) && !/^[\p{L}\p{N}]/u.test(text.slice(phrase.word.length));
    return texts.some(starts) ? phrase.word.length : 0;
  }

  /** A label as it may be read, with and without amounts. */
  function readings(label) {
    const texts = [];
    for (const letter of ["i", "l"]) {
      const text = edges(fold(label, letter));
      const whole = edges(text.replace(AMOUNT, " ").replace(/\s+/g, " "));
      if (whole) texts.push(text, whole);
    }
    return [...new Set(texts)];
  }

  /** The phrase of either list that decides on a label, if it is one that commits. */
  function verdict(label, kind) {
    const texts = readings(label);
    let best = null;
    const [hasty, decisive] = [phrases.filter((p) => p.kind === "hasty"), phrases.filter((p) => p.kind !== "hasty")];
    for (const phrase of [...decisive, ...hasty]) {
      if (phrase.kind === "hasty" && best && best.kind !== "hasty") break;
      const length = phrase.controls.includes(kind) ? taken(phrase, texts) : 0;
      if (!length || (best && length < best.length)) continue;
      if (!best || length > best.length || phrase.kind === "commit") {
        best = { kind: phrase.kind, length, word: phrase.pattern ? texts[0].slice(0, length) : phrase.word };
      }
    }
    return best && best.kind !== "advance" ? { word: best.word, label: tidy(label), kind: best.kind } : null;
  }

  /** Everything that names an element: its text, its attributes, the pictures in it. */
  function labels(element) {
    const found = [element.innerText ?? element.textContent, element.getAttribute("aria-label"), element.title?.baseVal ?? element.title];
    if (element instanceof HTMLInputElement) {
      found.push(element.value, element.alt);
      if (element.type === "submit" && !element.hasAttribute("value")) found.push("submit");
    }
    for (const id of (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean)) {
      found.push(element.getRootNode().getElementById?.(id)?.textContent);
    }
    for (const inner of [...element.querySelectorAll("img[alt], [aria-label], svg title")].slice(0, 8)) {
      found.push(inner.getAttribute("alt") ?? inner.getAttribute("aria-label") ?? inner.textContent);
    }
    for (const drawn of [element, ...[...element.querySelectorAll("*")].slice(0, 8)]) {
      for (const pseudo of ["::before", "::after"]) {
        const content = getComputedStyle(drawn, pseudo).content;
        if (content.startsWith('"')) found.push(content.slice(1, -1));
      }
    }
    if (element.shadowRoot) found.push(element.shadowRoot.textContent);
    return found.filter((label) => label && typeof label === "string");
  }

  function kindOf(element) {
    if (element.matches(CHOICE)) return "choice";
    if (element.matches(BUTTON)) return "button";
    return element.matches(LINK) ? "link" : null;
  }

  /** The control that an event is about, or the nearest short text where there is none. */
  function controlOf(path) {
    const elements = path.filter((node) => node instanceof Element);
    for (const element of elements) {
      const kind = kindOf(element);
      if (kind) return { element, kind };
    }
    for (const element of elements) {
      if (element === document.body || element === document.documentElement) return null;
      const texts = labels(element).map((label) => fold(label)).filter(Boolean);
      if (texts.length) return texts.every((text) => text.length <= LONGEST_PLAIN) ? { element, kind: "plain" } : null;
    }
    return null;
  }

  function judge(control) {
    let hasty = null;
    for (const label of control ? labels(control.element) : []) {
      const found = verdict(label, control.kind);
      if (found && found.kind === "hasty") hasty = found;
      else if (found) return found;
    }
    return hasty;
  }

  function judgeForm(event) {
    const form = event.target;
    if (event.submitter) return judge({ element: event.submitter, kind: "button" });
    const owned = [...(form.elements ?? [])].filter((element) =>
      element.matches("button:not([type]), button[type=submit], input[type=submit], input[type=image]"),
    );
    const found = owned.map((element) => judge({ element, kind: "button" })).filter(Boolean);
    return found.find((each) => each.kind === "commit") ?? found[0] ?? null;
  }

  function report(what, found) {
    const key = `${found.label}\n${found.word}`;
    const now = performance.now();
    if (now - (told.get(key) ?? -Infinity) < AGAIN_MS) return;
    if (told.size > 100) told.clear();
    told.set(key, now);
    globalThis[REPORT](JSON.stringify({ what, word: found.word, control: found.label.slice(0, 120), url: location.href.slice(0, 2048) }));
  }

  function onEvent(event) {
    const path = event.composedPath();
    for (const node of path) if (node instanceof ShadowRoot) listen(node, ["submit"]); // submits stay inside their root
    let found = null;
    if (event.type === "submit") found = judgeForm(event);
    else if (!KEYS.includes(event.type)) found = judge(controlOf(path));
    else if (event.key === "Enter" || event.key === " ") {
      const control = controlOf(path);
      found = control && control.kind !== "plain" ? judge(control) : null;
    }
    if (found && found.kind === "hasty") {
      report("press", found); // it goes on, and from now on nothing unknown does
      return;
    }
    if (!found) return;
    event.stopImmediatePropagation();
    // A press or key without its default would never become the click that a person meant.
    if (event.type === "submit" || CLICKS.includes(event.type)) event.preventDefault();
    report(event.type === "submit" ? "submit" : "click", found);
  }

  function listen(target, types) {
    for (const type of types) target.addEventListener(type, onEvent, { capture: true, passive: PRESSES.includes(type) });
  }

  function stand() {
    listen(window, [...PRESSES, ...CLICKS, ...KEYS, "submit"]);
  }

  /** Tell what a page shows, so that one that is a cart or a checkout is known as such; the top frame alone. */
  const LOOK_AGAIN_MS = 600;
  const MOST_LOOKS = 60; // for each document
  const MOST_TEXT = 30000;
  let looks = 0;
  let lookTimer = null;
  let lastLook = "";

  function look() {
    lookTimer = null;
    if (!document.body || looks >= MOST_LOOKS) return;
    const of = (selector, read) => [...document.querySelectorAll(selector)].slice(0, 40).map(read).map((t) => tidy(t).slice(0, 200));
    const seen = {
      what: "page",
      text: (document.body.innerText ?? "").slice(0, MOST_TEXT),
      title: document.title.slice(0, LONGEST),
      url: location.href.slice(0, 2048),
      headings: of("h1, h2, h3, [role=heading]", (e) => e.innerText ?? ""),
      fields: of("input:not([type=hidden]), select, textarea", (e) => [e.name, e.id, e.autocomplete].join(" ")),
    };
    const said = JSON.stringify(seen);
    if (said === lastLook) return;
    looks += 1;
    lastLook = said;
    globalThis[REPORT](said);
  }

  function lookSoon() {
    lookTimer ??= setTimeout(look, LOOK_AGAIN_MS);
  }

  globalThis.pantauGuard = { configure };
  configure(config);
  stand();
  // document.open() removes every listener of the window and replaces what the document holds.
  new MutationObserver(stand).observe(document, { childList: true });
  if (window === window.top && !config.near) {
    addEventListener("DOMContentLoaded", look);
    addEventListener("load", look);
    new MutationObserver(lookSoon).observe(document, { childList: true, subtree: true, characterData: true });
  }
})();
