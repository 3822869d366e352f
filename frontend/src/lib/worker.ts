// Talking to the service worker from a page.

/** Register the worker for people who have something to read offline; a refusal (private window, http) is no fault. */
export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const wanted = document.querySelector('meta[name="signed-in"], meta[name="offline"]') || navigator.serviceWorker.controller;
  if (!wanted) return;
  try {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    if (document.querySelector('meta[name="offline"]')) await keepThisPage();
  } catch {
    // offline reading is an extra
  }
}

/** The page that installs the worker was loaded before it: keep it now, so that one visit is enough. */
async function keepThisPage(): Promise<void> {
  const ready = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) ready.active?.postMessage({ type: "keep", address: location.href });
}

/** Take away every page kept on this device; within a second, or the sign-out goes on without. */
export async function forgetPages(): Promise<void> {
  if (!("caches" in window)) return;
  const gone = (async () => {
    for (const name of await caches.keys()) if (name.startsWith("pages-")) await caches.delete(name);
  })();
  await Promise.race([gone, new Promise((done) => window.setTimeout(done, 1000))]);
}
