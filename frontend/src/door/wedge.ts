/** USB and Bluetooth scanners type like a keyboard, very fast, and end with Enter. Physical keys are read, so the layout does not matter. */

const GAP_MS = 60; // people type slower than this
const SHORTEST = 8;

export function listenForScanner(found: (text: string) => void): () => void {
  let typed = "";
  let last = 0;
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || (event.target as HTMLElement).closest?.("input, textarea, select")) return;
    const fast = event.timeStamp - last < GAP_MS;
    last = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      if (fast && typed.length >= SHORTEST) {
        event.preventDefault();
        found(typed);
      }
      typed = "";
      return;
    }
    const character = characterOf(event);
    if (character) typed = (fast ? typed : "") + character;
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
