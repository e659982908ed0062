// Waits, bounded, until a frame has painted twice, and says how wide its layout is and whether it paints.
// Runs in an isolated world.
async (limitMs) => {
  const over = new Promise((resolve) => setTimeout(() => resolve(false), limitMs));
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(true), 0)));
  const paints = await Promise.race([painted().then(painted), over]);
  return [innerWidth, paints];
}
