/** The snapshot a phone decides by, and the question it puts to the rule. */

import type { Ask, Passage, Right, Rule, Seen, Standing, Way } from "./admission";
import type { SeenScan } from "./store";
import type { PublicKey } from "./token";

export interface Gate {
  id: string; slug: string; name: string; ways: "entry" | "exit" | "both"; suspended: boolean; evacuating?: boolean; campus: number; campus_name: string;
  capacity: number; zone: string; phone: string; rules: Rule[];
}
export interface Words { details: Record<string, [string, string]>; warnings: Record<string, string>; unknowns: Record<string, string> }
export interface Snapshot {
  at: number; since: number; edition: { slug: string; name: string; mark: string }; device: { id: string; name: string; profile: "steward" | "supervisor" };
  gates: Gate[]; keys: PublicKey[]; ended: [number, string, number][]; rights: [number, string[]][]; inside: Record<string, number>;
  seen: [number, number, string, string, number][]; travel: Record<string, Record<string, number | null>>; sentences: Record<string, Words>;
  /** [role, printed days, valid from, valid until, base64 of 5-byte numbers] */
  codes: [string, string[], number, number, string][];
}

/** A snapshot that came as a difference, laid over the one before. */
export function laidOver(before: Snapshot | undefined, fresh: Snapshot): Snapshot {
  if (before === undefined || fresh.since === 0) return fresh;
  const seen = new Map(before.seen.map((each) => [each[0], each]));
  for (const each of fresh.seen) seen.set(each[0], each);
  return { ...fresh, seen: [...seen.values()], sentences: before.sentences, codes: before.codes };
}

/** Everything looked up by badge number, made once per snapshot. */
export class Known {
  private readonly ended: Map<number, [string, number]>;
  private readonly rights: Map<number, string[]>;
  private readonly seen: Map<number, Snapshot["seen"][number]>;

  constructor(readonly snapshot: Snapshot) {
    this.ended = new Map(snapshot.ended.map(([number, state, since]) => [number, [state, since]]));
    this.rights = new Map(snapshot.rights);
    this.seen = new Map(snapshot.seen.map((each) => [each[0], each]));
  }

  /** The badge a typed code stands for, as far as the list in the snapshot goes. */
  byNumber(number: number): Seen | null {
    for (const [role, days, valid_from, valid_until, packed] of this.snapshot.codes) {
      if (!holds(packed, number)) continue;
      return { number, role, valid_from, valid_until, printed: days.length ? [{ days, campuses: [] }] : [] };
    }
    return null;
  }

  gate(id: string): Gate | undefined {
    return this.snapshot.gates.find((gate) => gate.id === id);
  }

  standing(number: number): Standing {
    const [state, since] = this.ended.get(number) ?? ["valid", 0];
    const days = this.rights.get(number);
    const rights: Right[] | null = days === undefined ? null : days.length ? [{ days, campuses: [] }] : [];
    return { state, since, rights, known: true };
  }

  /** What this phone saw of a badge today, after what the snapshot last knew of it. */
  history(number: number, own: readonly SeenScan[], zone: string): Passage[] {
    const last = this.seen.get(number);
    const passages: Passage[] = [];
    if (last && last[1] !== 0) {
      passages.push({ at: last[4], campus: last[1], gate: last[2], gate_name: last[3], way: "entry", day: dayOf(last[4], zone) });
    }
    for (const scan of own) {
      if (scan.number !== number || scan.undone || (last && scan.at <= last[4])) continue;
      passages.push({ at: scan.at, campus: scan.campus, gate: scan.gate, gate_name: scan.gate_name, way: scan.way, day: dayOf(scan.at, zone) });
    }
    return passages;
  }

  /** People inside as far as this phone can tell: the snapshot's count and its own scans since. */
  inside(campus: number, own: readonly SeenScan[]): number {
    const since = own.filter((scan) => scan.campus === campus && !scan.undone && scan.at > this.snapshot.at);
    const moved = since.reduce((total, scan) => total + (scan.way === "entry" ? 1 : -1), 0);
    return Math.max(0, (this.snapshot.inside[String(campus)] ?? 0) + moved);
  }
}

export interface Question { way: Way; at: number; gate: Gate; seen: Seen | null; fault: string; force: boolean }

/** The question for the rule, with what is not known here marked as not known. */
export function askOf(known: Known, own: readonly SeenScan[], question: Question): Ask {
  const { gate, seen, at } = question;
  const history = seen === null ? [] : known.history(seen.number, own, gate.zone);
  const last = [...history].sort((a, b) => b.at - a.at)[0];
  const travel = last && last.campus !== gate.campus ? (known.snapshot.travel[String(gate.campus)]?.[String(last.campus)] ?? null) : null;
  return {
    way: question.way, at, day: dayOf(at, gate.zone), minute: minuteOf(at, gate.zone), seen, fault: question.fault, force: question.force,
    gate: { campus: gate.campus, slug: gate.slug, name: gate.name, ways: gate.ways, suspended: gate.suspended },
    standing: seen === null ? { state: "valid", since: 0, rights: null, known: true } : known.standing(seen.number),
    rules: gate.rules,
    around: {
      history, history_complete: false, inside: known.inside(gate.campus, own), inside_exact: false, capacity: gate.capacity,
      travel, expected: null, itinerary_known: false,
    },
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: number, zone: string): Record<string, string> {
  let format = formats.get(zone);
  if (!format) {
    const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    formats.set(zone, (format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...digits })));
  }
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}

export function dayOf(at: number, zone: string): string {
  const { year, month, day } = parts(at, zone);
  return `${year}-${month}-${day}`;
}

export function minuteOf(at: number, zone: string): number {
  const { hour, minute } = parts(at, zone);
  return Number(hour) * 60 + Number(minute);
}

export function clockOf(at: number, zone: string): string {
  const { hour, minute } = parts(at, zone);
  return `${hour}:${minute}`;
}

/** Whether base64 of sorted 5-byte numbers holds *number*: 100 kB for 20,000 badges, looked through by halves. */
export function holds(packed: string, number: number): boolean {
  const bytes = unpacked(packed);
  let low = 0;
  let high = bytes.length / 5;
  while (low < high) {
    const middle = (low + high) >> 1;
    let value = 0;
    for (let at = middle * 5; at < middle * 5 + 5; at++) value = value * 256 + bytes[at]!;
    if (value === number) return true;
    if (value < number) low = middle + 1;
    else high = middle;
  }
  return false;
}

const unpackedOnce = new Map<string, Uint8Array>();

function unpacked(packed: string): Uint8Array {
  let bytes = unpackedOnce.get(packed);
  if (!bytes) {
    if (unpackedOnce.size > 200) unpackedOnce.clear();
    unpackedOnce.set(packed, (bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0))));
  }
  return bytes;
}
