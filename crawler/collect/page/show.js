// Scrolls to a place and waits, bounded, until what is there has been painted. Runs in an isolated world.
async (top) => {
  const scroller = document.scrollingElement || document.documentElement;
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const frame = () => Promise.race([new Promise((resolve) => requestAnimationFrame(resolve)), pause(100)]);
  scroller.scrollTo({ top, behavior: "instant" });
  await frame();
  await pause(120);
  await frame();
}
