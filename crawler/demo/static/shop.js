// Behaviour of the shop's pages: late pictures, the notice, cart and checkout over the checkout API, delayed requests.
(() => {
  "use strict";
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const one = (selector) => document.querySelector(selector);
  const cookie = (name) => (document.cookie.split("; ").find((c) => c.startsWith(name + "=")) || "").slice(name.length + 1);
  const cartId = () => new URLSearchParams(location.search).get("cart") || cookie("cart_id");

  const post = async (url, body) => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-source": "shop-web" },
      body: JSON.stringify(body),
    });
    return (await answer.json()).data;
  };

  const operations = { add: ["AddToCartMutation", "cart/add", "add_to_cart"], cart: ["CartQuery", "cart/get", "cart"], checkout: ["CheckoutSummaryQuery", "checkout/summary", "checkout_summary"] };
  const api = (name, variables) => {
    const [operationName, path, field] = operations[name];
    const given = { cart_id: cartId(), ...variables };
    if (settings.checkoutStyle === "rest") return post(settings.checkoutApi + "/" + path, given);
    const kind = operationName.endsWith("Mutation") ? "mutation" : "query";
    return post(settings.checkoutApi, { operationName, variables: given, query: `${kind} ${operationName} { ${field} { count total } }` });
  };

  const send = {
    script: (url) => document.head.append(Object.assign(document.createElement("script"), { src: url, async: true })),
    image: (url) => { new Image().src = url; },
    beacon: (url) => navigator.sendBeacon(url, "en=user_engagement"),
    fetch: (url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: "e=view" }),
    json: (url) => fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ event: "view", page: settings.stage }) }),
  };
  const ping = ({ url, via }) => send[via](url.replace("{client}", encodeURIComponent(cookie("_ga"))));

  const latePictures = () => {
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((e) => e.isIntersecting)) {
        entry.target.src = entry.target.dataset.src;
        seen.unobserve(entry.target);
      }
    }, { rootMargin: "200px" });
    document.querySelectorAll("img[data-src]").forEach((picture) => seen.observe(picture));
  };

  const notice = () => {
    const box = one(".notice");
    if (!box || localStorage.getItem("notice_seen")) return;
    setTimeout(() => { box.hidden = false; }, 400);
    one("[data-close]").addEventListener("click", () => { box.hidden = true; localStorage.setItem("notice_seen", "1"); });
  };

  const element = (tag, content, properties = {}) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...content);
    return made;
  };
  const lineItem = (line) => element("div", [
    element("img", [], { src: line.picture, alt: line.name, width: 76, height: 76 }),
    element("div", [element("a", [line.name], { href: line.path }), element("br", []), element("small", [`${line.merchant} · ${line.city}`])]),
    element("div", [element("b", [line.price]), element("br", []), element("small", [`${line.count} barang`])]),
  ], { className: "lineitem" });

  const showLines = (order) => {
    one("#lines").replaceChildren(...(order.count ? order.lines.map(lineItem) : [element("p", ["Wah, keranjang belanjamu kosong."])]));
    for (const name of ["goods", "shipping", "fee", "total"]) if (one("#" + name)) one("#" + name).textContent = order[name];
  };

  const pages = {
    product: () => one("[data-add]").addEventListener("click", async (event) => {
      const order = await api("add", { product_id: Number(event.target.dataset.add) });
      one(".cartcount").textContent = order.count;
      one(".cartcount").hidden = false;
      one(".toast").hidden = false;
    }),
    cart: async () => {
      const order = await api("cart");
      showLines(order);
      one("#buy").textContent = order.count ? `Beli (${order.count})` : "Beli";
      one("#buy").disabled = !order.count;
      one("#buy").addEventListener("click", () => location.assign("/cart/shipment"));
    },
    checkout: async () => {
      const order = await api("checkout");
      showLines(order);
      one("#topay").disabled = !order.count;
      one("#topay").addEventListener("click", () => location.assign(`${settings.paymentPageUrl}?cart=${cartId()}`));
    },
    payment: async () => {
      one("#payform").addEventListener("submit", async (event) => {
        event.preventDefault();
        const method = new FormData(event.target).get("method");
        const made = await post(settings.orderUrl, { cart_id: cartId(), payment_method: method });
        one("#placed").textContent = `Pesanan dibuat: ${made.order}`;
      });
      const intent = await post(settings.paymentIntentUrl, { cart_id: cartId(), currency: "IDR", channels: ["va", "qris", "card"] });
      one("#cashier").src = `${settings.paymentFrameUrl}?token=${intent.token}`;
    },
  };

  latePictures();
  notice();
  for (const planned of settings.pings) setTimeout(ping, planned.delay_ms, planned);
  if (pages[settings.stage]) pages[settings.stage]();
  try { localStorage.setItem("last_page", settings.stage); } catch { /* storage may be off */ }
})();
