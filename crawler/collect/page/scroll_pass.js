// Scrolls once down the page so that what is lazy loads, waits for pictures, and returns to the top.
// Runs in an isolated world; every wait is bounded. Returns facts about the pass.
async (maxPagePx, limitMs, imagesLimitMs, passMs) => {
  const started = performance.now();
  const spent = () => performance.now() - started;
  const scroller = document.scrollingElement || document.documentElement;
  if (!scroller) return { steps: 0, ms: 0, no_root: true }; // the document was emptied
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // A page in the background gets no animation frames: the timer goes on without them.
  const frame = () => Promise.race([new Promise((resolve) => requestAnimationFrame(resolve)), pause(100)]);
  const go = (top) => scroller.scrollTo({ top, behavior: "instant" });
  const pending = () => [...document.images].filter((image) => !image.complete && image.getClientRects().length);
  const fromPx = scroller.scrollTop;
  const heightBefore = scroller.scrollHeight;
  const step = Math.max(100, Math.floor(0.9 * innerHeight));
  let steps = 0;
  let top = 0;
  for (;;) {
    go(top);
    steps += 1;
    await frame();
    await pause(60);
    const end = Math.min(scroller.scrollHeight, maxPagePx) - innerHeight;
    if (top >= end || spent() > limitMs) break;
    top = Math.min(top + step, end);
  }
  // As long as pictures come they are waited for: on a busy machine they take their time. A lazy one that was passed
  // before the browser had looked loads in sight only.
  const imagesFrom = performance.now();
  let cameMs = imagesFrom;
  let left = pending();
  for (let turn = 0; left.length; turn += 1) {
    const nowMs = performance.now();
    if (nowMs - cameMs >= imagesLimitMs || (spent() >= passMs && nowMs - imagesFrom >= imagesLimitMs)) break;
    const middle = scroller.scrollTop + left[turn % left.length].getBoundingClientRect().top - innerHeight / 2;
    if (middle + innerHeight < maxPagePx) go(Math.max(0, middle));
    await frame();
    await pause(50);
    const still = pending();
    if (still.length < left.length) cameMs = performance.now();
    left = still;
  }
  go(0);
  await frame();
  await frame();
  const complete = [...document.images].filter((image) => image.complete);
  const centre = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  let inner = centre;
  while (inner && inner !== scroller && !(inner.scrollHeight > inner.clientHeight + 50 &&
      /auto|scroll/.test(getComputedStyle(inner).overflowY))) inner = inner.parentElement;
  return {
    steps,
    ms: Math.round(spent()),
    from_px: Math.round(fromPx),
    height_before_px: heightBefore,
    height_after_px: scroller.scrollHeight,
    stopped_early: spent() > limitMs + imagesLimitMs || top < Math.min(scroller.scrollHeight, maxPagePx) - innerHeight - 1,
    images_complete: complete.length,
    images_incomplete: document.images.length - complete.length,
    images_broken: complete.filter((image) => !image.naturalWidth && image.currentSrc).length,
    inner_scroller: Boolean(inner && inner !== scroller && inner !== document.body),
  };
}
