// The few things every element does with the page.

/** "{count} new" with its facts; an unknown name stays as it is. */
export function fill(sentence: string, facts: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(facts, name) ? String(facts[name]) : whole));
}

/** Lower case without accents: what people type in a hurry. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
}

/** Whether every word of *wanted* begins a word of *text*, accents and case aside. */
export function matches(text: string, wanted: string): boolean {
  const hay = ` ${plain(text).replace(/['’-]/g, " ")}`;
  return plain(wanted).replace(/['’-]/g, " ").split(" ").every((word) => hay.includes(` ${word}`));
}

/** An element with attributes and children; `null` children are left out. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Say *text* to readers, politely, from one place for the whole page. */
export function announce(text: string): void {
  let place = document.getElementById("announcements");
  if (!place) {
    place = make("div", { id: "announcements", class: "announce", role: "status" });
    document.body.append(place);
  }
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}

/** Sentences the page brought in the reader's language (`<meta name="words">`). */
export function word(name: string): string {
  cachedWords ??= readWords();
  return cachedWords[name] ?? name;
}

let cachedWords: Record<string, string> | undefined;

function readWords(): Record<string, string> {
  const content = document.querySelector<HTMLMetaElement>('meta[name="words"]')?.content;
  return content ? (JSON.parse(content) as Record<string, string>) : {};
}

/** Whether someone is typing inside *region*: it must not be replaced under their hands. */
export function isBeingEdited(region: Element): boolean {
  const active = document.activeElement;
  return active !== null && region.contains(active) && active.matches("input:not([type=radio],[type=checkbox],[type=button],[type=submit]), textarea, select");
}
