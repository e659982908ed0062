// Runs in pages and workers of the shops. SHOP says how this shop is asked for an order; every function takes the
// note by which the shop's database tells which way an order came.
function bodyOf(note, sent = SHOP) {
  if (sent.kind === "json") {
    const data = JSON.parse(sent.body || "{}");
    if (data.query) data.variables = { ...data.variables, note };
    else if (data.params) data.params.note = note;
    else data.note = note;
    return JSON.stringify(data);
  }
  const pairs = new URLSearchParams(sent.body);
  pairs.set("note", note);
  return pairs.toString();
}

const typeOf = (sent = SHOP) => (sent.kind === "json" ? "application/json" : "application/x-www-form-urlencoded");

function getAddress(note) {
  const url = new URL(SHOP.target, SHOP.origin);
  for (const [name, value] of SHOP.kind === "form" ? new URLSearchParams(SHOP.body) : []) url.searchParams.set(name, value);
  url.searchParams.set("note", note);
  return url.href;
}

function byFetch(note, how = {}) {
  return fetch(SHOP.origin + SHOP.target, { method: SHOP.method, headers: { "content-type": typeOf() }, body: bodyOf(note), ...how }).catch(() => 0);
}

function byForm(note, target = "") {
  const form = document.body.appendChild(document.createElement("form"));
  Object.assign(form, { method: "post", action: SHOP.origin + SHOP.target, target });
  const pairs = SHOP.kind === "json" ? [["isi", bodyOf(note)], ["note", note]] : new URLSearchParams(bodyOf(note));
  for (const [name, value] of pairs) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  form.submit();
}

function formOf(note, inner) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: SHOP.origin + SHOP.target });
  for (const [name, value] of SHOP.kind === "json" ? [["isi", bodyOf(note)], ["note", note]] : new URLSearchParams(bodyOf(note))) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  form.insertAdjacentHTML("beforeend", inner);
  return form;
}

function add(element) {
  document.getElementById("ways").append(element);
  return element;
}

function linkTo(note, text, more = {}) {
  return add(Object.assign(document.createElement("a"), { href: getAddress(note), textContent: text, ...more }));
}

const blob = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

const frame = (more) => add(Object.assign(document.createElement("iframe"), more));

if (globalThis.document) {
  for (const button of document.querySelectorAll("[data-step]")) {
    const [number, method, target, body, kind] = JSON.parse(button.dataset.step);
    button.onclick = async () => {
      const how = { method, headers: { "content-type": typeOf({ kind }) } };
      if (method !== "GET") how.body = body;
      const answer = await fetch(target, how);
      if (answer.ok) document.getElementById("done").insertAdjacentHTML("beforeend", `<li id=done-${number}>${number}</li>`);
    };
  }
  const express = document.getElementById("express");
  if (express) express.onclick = () => byFetch(`express-${document.title.split(" ")[0]}`);
}
