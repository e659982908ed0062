// What a page shows at this moment, as far as it takes to tell a wall from a stage. Evaluated in a world of our
// own; changes nothing. Bounded by counts, since a page may be of any size. Values of fields are never read.
(() => {
  const MAX_NODES = 20000, MAX_LINES = 1500, MAX_LINE = 500, MAX_SOURCE = 150000, MAX_FIELDS = 200, MAX_FRAMES = 30, SHORT_LINK = 24, BREAK = '\u2028';
  const CONTROL = 'button, [role=button], [role=tab], summary, option, label > input, input[type=submit]';
  const FRAMING = 'header, nav, footer, aside, [role=banner], [role=navigation], [role=contentinfo], [role=complementary], [role=search]';
  const SILENT = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'TITLE', 'HEAD']);
  const width = Math.max(innerWidth, 1), height = Math.max(innerHeight, 1);
  let nodes = 0;

  const shown = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const closest = (element, selector) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
      if (at.matches(selector)) return at;
    }
    return null;
  };
  // Chromium keeps the top of an article that is marked up as its header in the page's own part.
  const framing = element => {
    const found = closest(element, FRAMING);
    return Boolean(found) && !(found.matches('header, footer') && found.closest('article, section, main, form, dialog'))
      && !found.querySelector('h1');
  };
  const share = box => {
    const wide = Math.min(box.right, width) - Math.max(box.left, 0), high = Math.min(box.bottom, height) - Math.max(box.top, 0);
    return wide > 0 && high > 0 ? wide * high / (width * height) : 0;
  };
  const block = element => {
    for (let at = element; at; at = at.parentElement) {
      const display = getComputedStyle(at).display;
      if (!display.startsWith('inline') && display !== 'contents') return at;
    }
    return element;
  };
  const placeOf = element => {
    if (closest(element, CONTROL)) return 'control';
    if (framing(element)) return 'frame';
    if (closest(element, 'h1, h2, h3, [role=heading]')) return 'heading';
    const link = closest(element, 'a[href]');
    if (link && link.textContent.trim().length <= SHORT_LINK) return 'link';
    return closest(element, 'form') ? 'form' : 'main';
  };
  const labelOf = field => [
    field.name, field.id, field.autocomplete, field.placeholder, field.getAttribute('aria-label'),
    ...[...(field.labels ?? [])].map(label => label.textContent),
  ].filter(Boolean).join(' ').slice(0, MAX_LINE);

  const look = (roots, found) => {
    const lines = new Map();
    const say = (owner, place, text) => {
      if (!lines.has(owner)) {
        if (lines.size >= MAX_LINES) return;
        lines.set(owner, { text: '', place });
      }
      const line = lines.get(owner);
      if (line.text.length < MAX_LINE) line.text += text.slice(0, MAX_LINE);
    };
    const visit = root => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
        acceptNode: node => node.nodeType === 1 && SILENT.has(node.tagName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
      });
      for (let node = walker.currentNode; node && nodes < MAX_NODES; node = walker.nextNode()) {
        nodes += 1;
        if (node.nodeType === 3) {
          const parent = node.parentElement;
          if (!parent || !node.data.trim() || !shown(parent)) continue;
          const range = document.createRange();
          range.selectNodeContents(node);
          const box = range.getBoundingClientRect();
          if (!box.width || !box.height || box.right + scrollX <= 0 || box.bottom + scrollY <= 0) continue;
          const pressed = closest(parent, CONTROL);
          say(pressed ?? block(parent), placeOf(parent), node.data);
        } else if (node.nodeType === 1) {
          if (node.tagName === 'BR' && lines.has(block(node.parentElement))) say(block(node.parentElement), '', BREAK);
          element(node);
          if (node.shadowRoot) visit(node.shadowRoot);
        }
      }
    };
    const element = node => {
      const box = node.getBoundingClientRect();
      if (!box.width || !box.height || !shown(node)) return;
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName) && node.type !== 'hidden') {
        if (/^(submit|button|reset)$/.test(node.type)) say(node, 'control', node.value);
        else if (found.fields.length < MAX_FIELDS) {
          found.fields.push({ type: node.type, name: labelOf(node), framing: framing(node) });
        }
      }
      if (/^(IMG|VIDEO|CANVAS|OBJECT|EMBED|svg)$/.test(node.tagName)) {
        found.paints ||= box.width * box.height >= 256;
        found.pictures += box.width * box.height >= 10000 && !framing(node);
        if (node.alt && box.width * box.height >= 2500) say(node, placeOf(node), node.alt);
      } else if (!found.paints && box.width * box.height >= 2500) {
        found.paints = getComputedStyle(node).backgroundImage.includes('url(');
      }
    };
    roots.forEach(visit);
    found.lines = [...lines.values()]
      .flatMap(({ place, text }) => text.split(BREAK).map(part => ({ place, text: part.replace(/\s+/g, ' ').trim() })))
      .filter(line => line.text);
    return found;
  };
  const blank = () => ({ fields: [], pictures: 0, paints: false, lines: [] });

  // Layers: what lies uppermost at points all over the viewport, taken out of the flow of the page.
  const layers = () => {
    const tops = new Map(), side = 7;
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        let top = document.elementFromPoint((column + 0.5) * width / side, (row + 0.5) * height / side);
        let root = null;
        for (let at = top; at && at !== document.body; at = at.parentElement ?? at.getRootNode().host) {
          if (getComputedStyle(at).position === 'fixed' || at.matches('dialog, [role=dialog], [aria-modal=true]')) root = at;
        }
        if (root) tops.set(root, (tops.get(root) ?? 0) + 1);
      }
    }
    const covered = [...tops.values()].reduce((sum, points) => sum + points, 0) / (side * side);
    if (covered < 0.5) return [];
    const roots = [...tops.keys()].filter(root => ![...tops.keys()].some(other => other !== root && other.contains(root)));
    return [{ ...look(roots, blank()), share: covered }];
  };

  const root = document.documentElement;
  const main = { ...look(root ? [root] : [], blank()), url: location.href, title: document.title.slice(0, MAX_LINE) };
  main.source = (root?.outerHTML ?? '').slice(0, MAX_SOURCE);
  const frames = [...document.querySelectorAll('iframe, frame, object, embed')].slice(0, MAX_FRAMES)
    .filter(shown).map(frame => ({ url: frame.src || frame.data || '', share: share(frame.getBoundingClientRect()) }));
  return { main, frames, covers: layers(), contentType: document.contentType };
})()
