// A page that is not its reader's any more (signed out, a role ended, what it showed is gone) asks for itself anew: the server's answer says why.

import { isBeingEdited } from "./dom.ts";

const ONCE_MS = 60_000; // a page that comes back and is refused again stays as it is

let waiting = false;

/** Ask for this page anew, once nobody is typing in it; at most once a minute. */
export function askAnew(): void {
  const kept = `asked-anew:${location.pathname}`;
  if (waiting || Date.now() - Number(sessionStorage.getItem(kept)) < ONCE_MS) return;
  waiting = isBeingEdited(document.body);
  if (waiting) {
    window.setTimeout(() => {
      waiting = false;
      askAnew();
    }, 2000);
    return;
  }
  sessionStorage.setItem(kept, String(Date.now()));
  location.reload();
}
