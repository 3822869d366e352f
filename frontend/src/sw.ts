/// <reference lib="webworker" />
// The service worker: built files from the device, pages from the network, and marked pages from the device when there is none.

import { cacheOf, isSignIn, marksOf, withAge } from "./lib/offline.ts";
import { clockTime } from "./lib/time.ts";

declare const self: ServiceWorkerGlobalScope;
declare const SHELL: readonly string[];
declare const VERSION: string;

const FILES = `files-${VERSION}`;
const PATIENCE_MS = 6000; // a network that answers later than this is no network to someone at a door

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(FILES);
      await cache.addAll([...SHELL]);
      // nobody's page: asked without cookies, so that nothing of the person signed in stays behind
      await Promise.allSettled(["/offline", "/en/offline"].map((path) => cache.add(new Request(path, { credentials: "omit" }))));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("files-") && name !== FILES) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  const message = event.data as { type?: string; address?: string } | null;
  if (message?.type === "keep" && message.address && new URL(message.address).origin === self.location.origin) {
    event.waitUntil(fetch(message.address, { credentials: "same-origin" }).then((answer) => keep(message.address ?? "", answer)).catch(() => undefined));
  }
});

self.addEventListener("fetch", (event: FetchEvent) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(event));
});

async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(FILES)).put(request, answer.clone());
  return answer;
}

async function page(event: FetchEvent): Promise<Response> {
  const kept = await find(event.request.url);
  try {
    const answer = await patient(fetch(event.request), kept ? PATIENCE_MS : 60_000);
    event.waitUntil(keep(event.request.url, answer.clone()).catch(() => undefined));
    return answer;
  } catch {
    return kept ? aged(kept) : offline(event.request.url);
  }
}

/** Keep a marked page under its owner's name, take away those of anybody else; a page that now asks to sign in is forgotten. */
async function keep(address: string, answer: Response): Promise<void> {
  if (answer.redirected && isSignIn(answer.url)) return forget(address);
  if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/html")) return;
  const html = await answer.text();
  const marks = marksOf(html);
  if (!marks.offline) return;
  const mine = cacheOf(marks.owner);
  for (const name of await caches.keys()) if (name.startsWith("pages-") && name !== mine) await caches.delete(name);
  const headers = new Headers({ "content-type": "text/html; charset=utf-8", "x-kept-at": new Date().toISOString() });
  const policy = answer.headers.get("content-security-policy");
  if (policy) headers.set("content-security-policy", policy);
  await (await caches.open(mine)).put(bare(address), new Response(html, { headers }));
}

async function forget(address: string): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("pages-")) await (await caches.open(name)).delete(bare(address));
}

async function find(address: string): Promise<Response | undefined> {
  for (const name of await caches.keys()) {
    const kept = name.startsWith("pages-") ? await (await caches.open(name)).match(bare(address)) : undefined;
    if (kept) return kept;
  }
  return undefined;
}

async function aged(kept: Response): Promise<Response> {
  const at = new Date(kept.headers.get("x-kept-at") ?? 0);
  return new Response(withAge(await kept.text(), clockTime(at, "Europe/Paris")), { headers: kept.headers });
}

async function offline(address: string): Promise<Response> {
  const path = new URL(address).pathname.startsWith("/en") ? "/en/offline" : "/offline";
  return (await caches.match(path)) ?? Response.error();
}

function bare(address: string): string {
  return address.split("#")[0] ?? address;
}

function patient(answer: Promise<Response>, ms: number): Promise<Response> {
  return Promise.race([answer, new Promise<never>((_, give) => setTimeout(() => give(new Error("too slow")), ms))]);
}
