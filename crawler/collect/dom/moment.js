// Says what stands on a page at this moment: each run of visible text within one block, with its distance from
// the top of the page. Bounded. Runs in an isolated world. Returns [[text, top], …].
(maxNodes, maxRuns, maxChars) => {
  const displays = new Map();
  const inline = (element) => {
    if (!displays.has(element)) displays.set(element, getComputedStyle(element).display);
    return /^(inline|contents|ruby)/.test(displays.get(element)) && displays.get(element) !== "inline-block";
  };
  const mute = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "TITLE", "TEXTAREA"]);
  const range = document.createRange();
  const runs = [];
  let open = null; // the block whose text the last run is
  let nodes = 0;
  let chars = 0;
  const blockOf = (element) => {
    let block = element;
    while (block.parentElement && inline(block)) block = block.parentElement;
    return block;
  };
  const seen = (element) => element && !mute.has(element.tagName) &&
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const take = (node) => {
    if (!node.data.trim()) return;
    const block = seen(node.parentElement) ? blockOf(node.parentElement) : null;
    chars += node.data.length;
    if (block && block === open) {
      runs.at(-1)[0] += node.data;
      return;
    }
    open = null;
    if (!block || runs.length >= maxRuns) return;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!box.width || !box.height || box.right <= 0) return;
    runs.push([node.data, Math.round(box.top + scrollY)]);
    open = block;
  };
  const walk = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node && nodes < maxNodes && chars < maxChars; node = walker.nextNode()) {
      nodes += 1;
      if (node.nodeType === Node.TEXT_NODE) take(node);
      else if (node.shadowRoot) walk(node.shadowRoot);
    }
  };
  if (document.documentElement) walk(document.documentElement);
  return runs.map(([text, top]) => [text.slice(0, 400), top]);
}
