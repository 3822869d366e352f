// One connection per page to /live, shared by all live regions: it remembers its place in the stream and comes back by itself.

import { reconnectDelay } from "./time.ts";

export interface LiveEvent {
  readonly seq: number;
  readonly topic: string;
  readonly kind: string;
  readonly id: string;
  readonly at: string;
}

/** `changed` without an event means: too much was missed, fetch everything of this topic again. */
export interface Listener {
  changed(topic: string, event?: LiveEvent): void;
  /** `ended`: the server has said no, and will not be asked again. */
  connection?(state: "open" | "lost" | "ended"): void;
}

export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((close: { code: number }) => void) | null;
  close(code?: number): void;
}

export interface Surroundings {
  open(query: string): SocketLike;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  now(): number;
  random(): number;
}

type Frame =
  | { type: "hello"; epoch: string; seq: number }
  | ({ type: "event" } & LiveEvent)
  | { type: "events"; topic: string; seq: number; events: LiveEvent[] }
  | { type: "resync"; topic: string }
  | { type: "beat" };

/** The server has said no (1008: not allowed; 4401: signed out): coming back would not help. */
const FINAL_CODES = new Set([1008, 4401, 4403]);

/** A server that beats and then is silent this long is gone, whatever the network says. */
export const SILENCE_MS = 40_000;

/** It beats every 15 s: up to here its silence means that nothing happened. */
export const TRUST_MS = 20_000;

export class LiveSocket {
  #listeners = new Map<Listener, ReadonlySet<string>>();
  #socket: SocketLike | null = null;
  #timer: number | null = null;
  #attempt = 0;
  #epoch = "";
  #seq = 0;
  #greeted = 0;
  #topics = "";
  #ended = false;
  #watch: number | null = null;
  #heardAt = 0;
  /** When the connection was last known to be good; null while it is good. */
  lostSince: number | null;
  /** When the next try begins; null while connected or given up. */
  nextTry: number | null = null;

  constructor(readonly around: Surroundings) {
    this.lostSince = around.now();
  }

  /** Listen to *topics*; returns how to stop. */
  listen(topics: Iterable<string>, listener: Listener): () => void {
    this.#listeners.set(listener, new Set(topics));
    this.#refresh();
    return () => {
      this.#listeners.delete(listener);
      this.#refresh();
    };
  }

  /** The last moment for which what the page shows is known to be what is. */
  get goodUntil(): number {
    const now = this.around.now();
    if (this.lostSince !== null) return this.lostSince;
    return this.#watch !== null && now - this.#heardAt > TRUST_MS ? this.#heardAt : now;
  }

  /** Try at once: the network is back, or the page is looked at again. */
  hurry(): void {
    if (!this.#socket && !this.#ended && this.#topics) this.#connect();
  }

  /** The device says it has no network: do not wait until the connection notices. */
  offline(): void {
    if (!this.#socket) return;
    this.#drop();
    this.#closed(1006);
  }

  #refresh(): void {
    // regions of one page arrive and leave together: look once, after they have
    this.around.later(() => {
      const topics = [...new Set([...this.#listeners.values()].flatMap((set) => [...set]))].sort().join(",");
      if (topics === this.#topics) return;
      this.#topics = topics;
      this.#drop();
      if (topics && !this.#ended) this.#connect();
    }, 0);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onclose = socket.onmessage = socket.onopen = null;
      socket.close(1000);
    }
    if (this.#timer !== null) this.around.cancel(this.#timer);
    this.#unwatch();
    this.#timer = this.nextTry = null;
  }

  #unwatch(): void {
    if (this.#watch !== null) this.around.cancel(this.#watch);
    this.#watch = null;
  }

  #connect(): void {
    this.#drop();
    const query = new URLSearchParams({ topics: this.#topics });
    if (this.#epoch) {
      query.set("epoch", this.#epoch);
      query.set("since", String(this.#seq));
    }
    const socket = this.around.open(query.toString());
    this.#socket = socket;
    socket.onmessage = (message) => this.#receive(String(message.data));
    socket.onclose = (close) => this.#closed(close.code);
  }

  #closed(code: number): void {
    this.#socket = null;
    this.#unwatch();
    this.lostSince ??= this.around.now();
    this.#ended ||= FINAL_CODES.has(code);
    if (!this.#ended) {
      const delay = reconnectDelay(this.#attempt++, this.around.random);
      this.nextTry = this.around.now() + delay;
      this.#timer = this.around.later(() => this.#connect(), delay);
    }
    for (const listener of this.#listeners.keys()) listener.connection?.(this.#ended ? "ended" : "lost");
  }

  #receive(text: string): void {
    const frame = parse(text);
    if (frame?.type === "beat" || this.#watch !== null) {
      this.#unwatch();
      this.#heardAt = this.around.now();
      this.#watch = this.around.later(() => this.offline(), SILENCE_MS);
    }
    if (frame?.type === "hello") this.#hello(frame.epoch, frame.seq);
    else if (frame?.type === "event") this.#events(frame.seq, [frame]);
    else if (frame?.type === "events") this.#events(frame.seq, frame.events);
    else if (frame?.type === "resync") {
      this.#seq = Math.max(this.#seq, this.#greeted); // fetched anew up to here: no need to ask for it again
      this.#tell(frame.topic);
    }
  }

  #hello(epoch: string, seq: number): void {
    const other = this.#epoch !== "" && this.#epoch !== epoch;
    // Without a place in this stream, what happened since the page was rendered is unknown: fetch once.
    const first = this.#epoch === "";
    this.#epoch = epoch;
    this.#greeted = seq;
    if (other || first) this.#seq = seq;
    this.#attempt = 0;
    this.lostSince = this.nextTry = null;
    if (other || first) for (const topic of this.#topics.split(",")) this.#tell(topic);
    for (const listener of this.#listeners.keys()) listener.connection?.("open");
  }

  /** Several events of one topic travel under the highest number of theirs. */
  #events(seq: number, events: LiveEvent[]): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    for (const event of events) this.#tell(event.topic, event);
  }

  #tell(topic: string, event?: LiveEvent): void {
    for (const [listener, topics] of this.#listeners) if (topics.has(topic)) listener.changed(topic, event);
  }
}

/** A frame of the protocol, or null for anything else. */
export function parse(text: string): Frame | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null || !("type" in data)) return null;
  const frame = data as Record<string, unknown>;
  const numbered = Number.isSafeInteger(frame["seq"]);
  if (frame["type"] === "hello" && typeof frame["epoch"] === "string" && numbered) return frame as unknown as Frame;
  if (frame["type"] === "event" && typeof frame["topic"] === "string" && numbered) return frame as unknown as Frame;
  if (frame["type"] === "events" && Array.isArray(frame["events"]) && numbered) return frame as unknown as Frame;
  if (frame["type"] === "resync" && typeof frame["topic"] === "string") return frame as unknown as Frame;
  return frame["type"] === "beat" ? { type: "beat" } : null;
}

let shared: LiveSocket | undefined;

/** The page's connection. */
export function liveSocket(): LiveSocket {
  if (!shared) {
    const socket = new LiveSocket({
      open: (query) => new WebSocket(`${location.origin.replace(/^http/, "ws")}/live?${query}`) as unknown as SocketLike,
      later: (run, ms) => window.setTimeout(run, ms),
      cancel: (timer) => window.clearTimeout(timer),
      now: () => Date.now(),
      random: Math.random,
    });
    window.addEventListener("online", () => socket.hurry());
    window.addEventListener("offline", () => socket.offline());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && socket.hurry());
    shared = socket;
  }
  return shared;
}
