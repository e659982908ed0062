// Shows the picture of a page in OpenSeadragon: its strips where they lie on the page, and the box of the finding.
"use strict";
(() => {
  const WAIT_MS = 150; // who decides at once is not kept waiting by a picture that nobody looks at
  let open = null;
  let timer = 0;

  // OpenSeadragon writes a style of its own into the page, which the page's policy forbids, unless it finds an
  // element of this name. This one is none that a browser styles by; what it would say stands in findings.css.
  const named = document.createElementNS(null, "style");
  named.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(named);

  function source(address, number, strip, tilePx) {
    return {
      width: strip.width_px, height: strip.height_px, tileSize: tilePx, tileOverlap: 0,
      minLevel: strip.first_level, maxLevel: strip.last_level,
      getTileUrl: (level, x, y) => `${address}/${number}/${level}/${x}/${y}`,
    };
  }

  function boxOf(place, picture) {
    if (!place.dataset.box) { return null; }
    const [x, y, width, height] = place.dataset.box.split(" ").map((side) => Number(side) / picture.width);
    return new OpenSeadragon.Rect(x, y, width, height);
  }

  // A part of the page of the viewer's shape with the box in it, no further above the page or beside it than need be.
  function around(box, place) {
    const shape = place.clientHeight / place.clientWidth;
    const margin = Math.max(box.width, box.height) * 0.4 + 0.08;
    const width = Math.max(box.width + 2 * margin, (box.height + 2 * margin) / shape);
    const height = width * shape;
    const left = Math.min(Math.max(box.x + box.width / 2 - width / 2, 0), Math.max(1 - width, 0));
    return new OpenSeadragon.Rect(left, Math.max(box.y + box.height / 2 - height / 2, 0), width, height);
  }

  function draw(place, picture) {
    const viewer = OpenSeadragon({
      element: place, drawer: "canvas", showNavigationControl: false, animationTime: 0.3, maxZoomPixelRatio: 4,
      visibilityRatio: 0.2, gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    const unit = picture.width;
    const box = boxOf(place, picture);
    const whole = new OpenSeadragon.Rect(0, 0, 1, Math.min(picture.height / unit, 1));
    const go = { box: () => viewer.viewport.fitBounds(box ? around(box, place) : whole, true), whole: () => viewer.viewport.goHome(true) };
    picture.strips.forEach((strip, index) => viewer.addTiledImage({
      tileSource: source(place.dataset.picture, index + 1, strip, picture.tile_px),
      x: strip.x / unit, y: strip.y / unit, width: strip.width / unit,
      success: index === 0 ? () => { go.box(); } : undefined,
    }));
    if (box) {
      const frame = document.createElement("div");
      frame.className = "frame";
      viewer.addOverlay(frame, box);
    }
    viewer.addHandler("tile-drawn", () => { place.dataset.drawn = "yes"; });
    go.original = () => viewer.viewport.zoomTo(viewer.viewport.imageToViewportZoom ? unit / place.clientWidth : 1, null, true);
    open = { viewer, go };
  }

  function close() {
    window.clearTimeout(timer);
    if (open) { open.viewer.destroy(); open = null; }
  }

  async function show(place) {
    const answer = await fetch(place.dataset.picture, { headers: { Accept: "application/json" } });
    if (!place.isConnected) { return; }
    if (!answer.ok) { place.textContent = place.dataset.empty; place.dataset.drawn = "none"; return; }
    const picture = await answer.json();
    if (place.isConnected) { draw(place, picture); }
  }

  function begin() {
    close();
    const place = document.querySelector("[data-picture]");
    if (place) { timer = window.setTimeout(() => show(place), WAIT_MS); }
  }

  // A place that no picture of the page shows has no crop; a broken picture says nothing.
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement && event.target.closest(".crop")) { event.target.closest(".crop").hidden = true; }
  }, true);
  document.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-viewer]");
    if (tool && open) { open.go[tool.dataset.viewer](); }
  });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "finding" || event.detail.elt.id === "finding") {
    begin();
    window.scrollTo(0, 0);
    document.querySelector("#finding h1").focus({ preventScroll: true });
  } });
  begin();
})();
