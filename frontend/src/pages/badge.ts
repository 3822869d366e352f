/** One's own badge: the screen stays on while it is shown, and says when it opens without a network. */

let lock: { release(): Promise<void> } | null = null;

async function keepAwake(): Promise<void> {
  const wake = (navigator as { wakeLock?: { request(kind: "screen"): Promise<{ release(): Promise<void> }> } }).wakeLock;
  if (document.hidden || !wake) return;
  lock = await wake.request("screen").catch(() => null);
}

document.addEventListener("visibilitychange", () => void keepAwake());
window.addEventListener("pagehide", () => void lock?.release());
void keepAwake();

if ("serviceWorker" in navigator) {
  void navigator.serviceWorker.ready.then(async () => {
    for (const entry of performance.getEntriesByType("resource")) {
      if (new URL(entry.name).pathname.startsWith("/static/")) await fetch(entry.name).catch(() => undefined);
    }
    document.getElementById("offline-ready")?.removeAttribute("hidden");
  });
}
