// Building and keeping up the document. Data only ever becomes text: there is no innerHTML in this page.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Rows by key: a row is rebuilt only when what it says has changed, so that nothing flickers and focus stays.
export function keepRows(parent, rows, keyOf, build) {
  const standing = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let after = null;
  for (const row of rows) {
    const key = keyOf(row);
    const sum = JSON.stringify(row);
    let node = standing.get(key);
    standing.delete(key);
    if (!node || node.dataset.sum !== sum) {
      const fresh = build(row);
      fresh.dataset.key = key;
      fresh.dataset.sum = sum;
      if (node) replaceKeepingFocus(node, fresh);
      node = fresh;
    }
    const place = after ? after.nextSibling : parent.firstChild;
    if (place !== node) parent.insertBefore(node, place);
    after = node;
  }
  for (const node of standing.values()) node.remove();
}

function replaceKeepingFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.does : null;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-does="${CSS.escape(focused)}"]`)?.focus();
}

// The picture comes from this node as SVG; it is parsed as a document of its own, and carries no script (CSP).
export function showSvg(parent, text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (parsed.nodeName === "svg") parent.replaceChildren(document.importNode(parsed, true));
}
