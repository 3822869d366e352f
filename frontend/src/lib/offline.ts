// What the service worker decides about pages, as pure functions of their text.

export interface Marks {
  /** The name under which the page is kept; empty when it is not to be kept. */
  readonly offline: string;
  /** Whose page it is; empty when nobody is signed in. */
  readonly owner: string;
}

/** The marks a page carries in its head (`<meta name="offline">`, `<meta name="signed-in">`). */
export function marksOf(html: string): Marks {
  const head = html.slice(0, html.search(/<\/head>/i) >>> 0);
  return { offline: meta(head, "offline"), owner: meta(head, "signed-in") };
}

/** *html* with a first line that says the page is from *time*; the sentence is the page's own, in its language. */
export function withAge(html: string, time: string): string {
  const sentence = (meta(html, "offline-words") || "{time}").replace("{time}", time);
  const line = `<p class="net-lost" role="status">${sentence}</p>`;
  return html.replace(/(<main\b[^>]*>)/i, (main) => main + line);
}

/** The cache that holds one person's pages. */
export function cacheOf(owner: string): string {
  return `pages-${owner || "door"}`;
}

/** Whether an answer means that the person is not signed in any more. */
export function isSignIn(address: string): boolean {
  return /^(\/en)?\/sign-in(\/|$)/.test(new URL(address).pathname);
}

function meta(head: string, name: string): string {
  return new RegExp(`<meta name="${name}" content="([^"]*)"`).exec(head)?.[1] ?? "";
}
