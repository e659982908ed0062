importScripts("https://m-sw-import.test/x.js");
const later = (ms) => new Promise((done) => setTimeout(done, ms));
addEventListener("install", (event) => { skipWaiting(); event.waitUntil(fetch("https://m-sw-install.test/x")); });
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.url.includes("m-sw-cached")) event.respondWith(new Response("kept"));
  if (event.request.url.endsWith("/via-sw")) event.respondWith(fetch("https://m-sw-fetch.test/x"));
});
addEventListener("message", (event) => event.waitUntil(later(300).then(() => fetch("https://m-sw-background.test/x"))));
