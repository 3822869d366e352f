/** USB and Bluetooth scanners type like a keyboard, very fast, and end with Enter. Physical keys are read, so the layout does not matter. */

const GAP_MS = 250; // a pause this long begins another text, even on a phone that is out of breath
const EACH_MS = 60; // people type slower than this, on average
const SHORTEST = 8;
const TOKEN = /^F[A-Z2-7]{100,}$/; // nobody types that by hand

export function listenForScanner(found: (text: string) => void): () => void {
  let typed = "";
  let first = 0;
  let last = 0;
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || (event.target as HTMLElement).closest?.("input, textarea, select")) return;
    if (event.timeStamp - last > GAP_MS) typed = "";
    if (!typed) first = event.timeStamp;
    last = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      const fast = (last - first) / Math.max(1, typed.length) < EACH_MS;
      if (TOKEN.test(typed) || (fast && typed.length >= SHORTEST)) {
        event.preventDefault();
        found(typed);
      }
      typed = "";
      return;
    }
    const character = characterOf(event);
    if (character) typed += character;
  };
  document.addEventListener("keydown", onKey, true);
  return () => document.removeEventListener("keydown", onKey, true);
}

/** The character a scanner set to the US layout meant, whatever layout the system has. */
export function characterOf(event: { code: string; key: string }): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  return letter ?? digit ?? (event.key.length === 1 ? event.key.toUpperCase() : "");
}
