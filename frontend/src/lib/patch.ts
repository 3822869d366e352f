// Putting a fresh fragment into the page without moving what a finger or a reader is on.

/** What patching a region changed. `held` are rows of `[data-hold]` lists that wait to be shown. */
export interface Patched {
  readonly held: readonly Element[];
}

/** What one patch gathers on its way. */
interface Gathered {
  readonly held: Element[];
  readonly changed: Element[];
}

/** Where more than this changed at once, a fade would point at nothing. */
const FADES_MOST = 24;

/** Make *old* look like *fresh*: same elements stay (focus, open details, scroll), a few changed ones fade in once, new rows of a holding list wait. */
export function patch(old: Element, fresh: Element): Patched {
  const gathered: Gathered = { held: [], changed: [] };
  children(old, fresh, gathered);
  if (gathered.changed.length <= FADES_MOST) fade(gathered.changed);
  return { held: gathered.held };
}

/** Show rows that were held: put each before the one that follows it in its new list. */
export function release(list: Element, rows: readonly Element[]): void {
  for (const row of [...rows].reverse()) {
    // from the last: the row after may be one of them
    row.classList.add("is-new");
    const next = row.getAttribute("data-before");
    row.removeAttribute("data-before");
    list.insertBefore(row, next ? list.querySelector(`:scope > #${CSS.escape(next)}`) : null);
  }
}

function children(old: Element, fresh: Element, gathered: Gathered): void {
  const before = [...old.childNodes];
  const byId = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  const holds = old.hasAttribute("data-hold") && old.childElementCount > 0;
  const wanted: Node[] = [];
  let free = 0;
  for (const node of [...fresh.childNodes]) {
    const twin = node instanceof Element && node.id ? byId.get(node.id) : nextFree(node);
    if (twin) wanted.push(reconcile(twin, node, gathered));
    else if (holds && node instanceof Element && node.id) hold(node, gathered.held);
    else {
      if (node instanceof Element) gathered.changed.push(node);
      wanted.push(node);
    }
  }
  arrange(old, wanted);

  function nextFree(node: Node): ChildNode | undefined {
    while (free < before.length) {
      const candidate = before[free++];
      if (candidate && !(candidate instanceof Element && candidate.id) && sameKind(candidate, node)) return candidate;
    }
    return undefined;
  }
}

/** Leave *parent* with *wanted* in order, moving nothing that already stands right (a moved element loses focus). */
function arrange(parent: Element, wanted: readonly Node[]): void {
  const keep = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  let at: ChildNode | null = parent.firstChild;
  for (const node of wanted) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

function reconcile(twin: ChildNode, node: Node, gathered: Gathered): Node {
  if (!(twin instanceof Element) || !(node instanceof Element)) {
    if (twin.nodeValue !== node.nodeValue) twin.nodeValue = node.nodeValue;
    return twin;
  }
  if (twin.tagName !== node.tagName) return node;
  if (twin.isEqualNode(node)) return twin;
  attributes(twin, node);
  if (twin.hasAttribute("data-age")) return twin; // its words are the clock's
  const leaf = node.childElementCount === 0 && twin.textContent !== node.textContent;
  children(twin, node, gathered);
  if (leaf || (node.id && !twin.isEqualNode(node))) gathered.changed.push(twin);
  return twin;
}

function attributes(old: Element, fresh: Element): void {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open" && name !== "tabindex") old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function hold(row: Element, held: Element[]): void {
  let next = row.nextElementSibling;
  while (next && !next.id) next = next.nextElementSibling;
  if (next) row.setAttribute("data-before", next.id);
  held.push(row);
}

/** Begin the fade of *elements* again: the layout between taking the class and giving it back is asked for once, not once each. */
function fade(elements: readonly Element[]): void {
  for (const element of elements) element.classList.remove("is-new");
  void (elements[0] as HTMLElement | undefined)?.offsetWidth;
  for (const element of elements) element.classList.add("is-new");
}

function sameKind(a: Node, b: Node): boolean {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}
