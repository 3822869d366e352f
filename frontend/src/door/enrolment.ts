/** The codes that make a phone a door, and what it keeps so that it opens without network. */

import { h } from "./dom";
import * as store from "./store";

/** The enrolment code in *text*: ours in an address, or pretix's for whoever shows one; null when there is none. */
export function enrolmentCode(text: string): string | null {
  return /[#&]enrol=([\w-]+)/.exec(text)?.[1] ?? handshake(text);
}

function handshake(text: string): string | null {
  try {
    const given = JSON.parse(text) as { handshake_version?: number; token?: string };
    return given.handshake_version === 1 && typeof given.token === "string" ? given.token : null;
  } catch {
    return null;
  }
}

/** The last resort of a phone that can no longer send: the queue as a file. */
export async function exportQueue(): Promise<void> {
  const blob = new Blob([JSON.stringify({ exported: Date.now(), ...(await store.pending()) })], { type: "application/json" });
  const link = h("a", { href: URL.createObjectURL(blob), download: "forum-door.json" });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Every file of this page goes through the service worker once, so that the next opening needs no network. */
export async function keepFiles(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.ready;
  for (const entry of performance.getEntriesByType("resource")) {
    if (new URL(entry.name).pathname.startsWith("/static/")) await fetch(entry.name).catch(() => undefined);
  }
}
