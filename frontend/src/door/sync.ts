/** Talking to the server: one scan at a time while there is a network, in batches afterwards, the snapshot in between. */

import type { Decision, Look } from "./admission";
import { laidOver, type Snapshot } from "./snapshot";
import * as store from "./store";

export const BATCH = 500;
const PATIENCE_MS = 4000;

export interface Flag { nonce: string; at: number; other_at: number; gate: string; campus: number; mine: boolean }
/** A scan or undo the server could not take, by its place in what was sent; it keeps it as evidence. */
export interface Refused { what: "scans" | "undos"; index: number; nonce: string; detail: string; reason_explanation: string }
export interface Reply { recorded: string[]; known: string[]; conflicts: string[]; refused: Refused[]; flags: Flag[]; clock_ms: number; now: number }
export interface Answer {
  status: "ok" | "error"; reason: string | null; detail?: string; reason_explanation: string | null;
  position: { code: string; attendee_name: string; item: string; language: string } | null;
  forum: {
    nonce: string; detail: string; look: Look; override: Decision["override"]; forced: boolean; warnings: string[]; unknown: string[];
    facts: Decision["facts"]; said: Record<string, string[]>; language: string; inside: number | null; capacity: number; at: number;
  };
}
export interface Found { code: string; attendee_name: string; item: string; checked_in: boolean }

/** The device is no longer ours: its token opens nothing. */
export class Withdrawn extends Error {}
/** No network, or a server that does not answer. */
export class Away extends Error {}

export class Server {
  /** Milliseconds to add to this phone's clock; null before the first exchange. */
  offset: number | null = null;

  constructor(private readonly token: string, private readonly lang: string) {}

  now(): number {
    return Date.now() + (this.offset ?? 0);
  }

  private async call(path: string, body?: unknown, patience = PATIENCE_MS): Promise<{ status: number; json: unknown }> {
    const headers: Record<string, string> = { authorization: `Device ${this.token}`, "accept-language": this.lang };
    if (body !== undefined) headers["content-type"] = "application/json";
    let response: Response;
    try {
      const init = { method: body === undefined ? "GET" : "POST", headers, signal: AbortSignal.timeout(patience), cache: "no-store" as const };
      response = await fetch(path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    } catch {
      throw new Away();
    }
    const json: unknown = await response.json().catch(() => null);
    if (response.status === 403 && ["device", "device_revoked"].includes((json as { detail?: string } | null)?.detail ?? "")) throw new Withdrawn();
    if (response.status >= 500 || response.status === 429 || json === null) throw new Away();
    return { status: response.status, json };
  }

  /** One scan, decided by the server. Throws Away when it does not answer in time. */
  async redeem(scan: { nonce: string; secret: string; gate: string; type: string; force: boolean; staff: string }): Promise<Answer | null> {
    const { json } = await this.call("/api/v1/organizers/current/checkinrpc/redeem/", scan);
    return (json as Answer).forum ? (json as Answer) : null;
  }

  /** Register a visitor and let them in: redeem's answer, or why not in words. Throws Away when it does not answer. */
  async walkIn(asked: store.WalkIn): Promise<Answer | string> {
    const { json } = await this.call("/api/v1/door/walk-in", asked, 10_000);
    const answer = json as Answer;
    return answer.forum ? answer : (answer.reason_explanation ?? "");
  }

  async search(text: string): Promise<Found[]> {
    const { json } = await this.call(`/api/v1/organizers/current/checkinrpc/search/?search=${encodeURIComponent(text)}`);
    return (json as { results?: Found[] }).results ?? [];
  }

  async snapshot(before: Snapshot | undefined): Promise<Snapshot> {
    const asked = Date.now();
    // a difference a minute back, so that scans being written while the last one was read are not missed
    const since = before ? before.at - 60_000 : 0;
    const { json } = await this.call(`/api/v1/door/snapshot?since=${since}`, undefined, 20_000);
    const fresh = laidOver(before, json as Snapshot);
    this.offset = Math.round(fresh.at - (asked + Date.now()) / 2);
    return fresh;
  }

  /** Send what is waiting, batch by batch; what the server names is taken off the list, nothing else. Nothing waits: say we are here. */
  async send(onFlags: (flags: Flag[]) => void, onRefused: (refused: Refused[]) => void): Promise<void> {
    for (let first = true; ; first = false) {
      const { scans, undos } = await store.pending();
      if (!first && scans.length + undos.length === 0) return;
      const part = scans.slice(0, BATCH);
      const back = undos.slice(0, BATCH - part.length);
      const unsent = scans.length + undos.length - part.length - back.length;
      const { status, json } = await this.call("/api/v1/door/sync", { now: Date.now(), scans: part, undos: back, unsent, battery: await battery() }, 20_000);
      if (status !== 200) throw new Away();
      const reply = json as Reply;
      const refused = reply.refused.flatMap((each) => (each.what === "scans" ? [part[each.index]!.nonce] : []));
      const named = new Set([...reply.recorded, ...reply.known, ...reply.conflicts, ...refused]);
      await store.sent(part.filter((scan) => named.has(scan.nonce)).map((scan) => scan.nonce), back.map((undo) => undo.nonce));
      if (reply.flags.length) onFlags(reply.flags);
      if (reply.refused.length) onRefused(reply.refused);
      if (part.length && !part.some((scan) => named.has(scan.nonce))) throw new Away();
    }
  }
}

/** Per cent of the battery left, where the browser tells. */
async function battery(): Promise<number | null> {
  const asked = (navigator as { getBattery?: () => Promise<{ level: number }> }).getBattery?.call(navigator);
  return asked ? asked.then((b) => Math.round(100 * b.level), () => null) : null;
}

/** Exchange an enrolment code for this device's own token. */
export async function enrol(code: string): Promise<{ api_token: string; name: string } | string> {
  const body = JSON.stringify({ token: code, software_brand: "Forum door", software_version: "1" });
  const response = await fetch("/api/v1/device/initialize", { method: "POST", headers: { "content-type": "application/json" }, body });
  const json = (await response.json()) as { api_token?: string; name?: string; reason_explanation?: string };
  return json.api_token ? { api_token: json.api_token, name: json.name ?? "" } : (json.reason_explanation ?? "");
}
