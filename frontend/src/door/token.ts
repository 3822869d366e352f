/** Badge tokens read on the phone: the twin of `forum/badges/token.py`, with public keys only. */

import { verifyAsync } from "@noble/ed25519";

import type { Right, Seen } from "./admission";
import { NUMBERS } from "./codes";

export interface PublicKey { kid: number; public: string; retires_at: number | null }
export interface Read { fault: string; reason: string; seen: Seen | null }

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const VERSION = 0x29;
const ROLES = ["candidate", "visitor", "recruiter", "speaker", "press", "academy", "organiser"];
const EPOCH = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;
const DAY = 86_400_000;
const FIXED = 18;
const SIGNATURE = 64;
const LONGEST = 400;

type Verify = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => Promise<boolean>;

/** What a scanned text says, or why it is no badge: first whether it is ours, then whose, then when. Any text is safe. */
export async function readToken(text: string, keys: readonly PublicKey[], edition: string, now: number): Promise<Read> {
  const raw = bytesOf(text);
  if (raw === null) return invalid(/^F[A-Za-z0-9]*$/.test(text) ? "truncated" : "foreign");
  if (raw[0] !== VERSION) return invalid("foreign");
  if (raw.length < FIXED + 1 + SIGNATURE) return invalid("truncated");
  const key = keys.find((each) => each.kid === raw[1]);
  if (key === undefined) return invalid("unknown_key");
  const message = raw.slice(0, -SIGNATURE);
  if (!(await verify(raw.slice(-SIGNATURE), message, fromHex(key.public)))) return invalid("forged");
  const seen = unpack(message);
  if (seen === null) return invalid("forged");
  if (toHex(message.slice(7, 11)) !== edition) return { fault: "other_edition", reason: "invalid", seen };
  if (key.retires_at !== null && now >= key.retires_at) return { fault: "key_retired", reason: "invalid_time", seen };
  if (now >= seen.valid_until) return { fault: "expired", reason: "invalid_time", seen };
  if (now < seen.valid_from) return { fault: "not_yet", reason: "invalid_time", seen };
  return { fault: "", reason: "", seen };
}

function invalid(fault: string): Read {
  return { fault, reason: "invalid", seen: null };
}

/** The platform's Ed25519 where it has one, else the one we carry; decided once. */
let chosen: Promise<Verify> | null = null;
const verify: Verify = async (signature, message, key) => (await (chosen ??= choose()))(signature, message, key);

async function choose(): Promise<Verify> {
  return (await platformWorks()) ? platform : carried;
}

/** RFC 8032's strict rules: no second encoding of a signature passes. */
export const carried: Verify = async (signature, message, key) => {
  try {
    return await verifyAsync(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
};

const platform: Verify = async (signature, message, key) => {
  const imported = await crypto.subtle.importKey("raw", key as BufferSource, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature as BufferSource, message as BufferSource);
};

/** Whether the platform verifies the first test vector of RFC 8032 and refuses it altered. */
async function platformWorks(): Promise<boolean> {
  const key = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = fromHex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  try {
    return (await platform(signature, new Uint8Array(), key)) && !(await platform(signature, new Uint8Array([0]), key));
  } catch {
    return false;
  }
}

/** The bytes of canonical base32; lower case, padding and set bits after the end are refused. */
function bytesOf(text: string): Uint8Array | null {
  if (text.length === 0 || text.length > LONGEST || [1, 3, 6].includes(text.length % 8)) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}

function unpack(message: Uint8Array): Seen | null {
  const printed: Right[] = [];
  let at = FIXED + 1;
  for (let left = message[FIXED]!; left > 0; left--) {
    const size = at + 4 <= message.length ? 4 + 2 * message[at + 3]! : 0;
    if (size === 0 || at + size > message.length) return null;
    printed.push(unpackGrant(message.slice(at, at + size)));
    at += size;
  }
  const number = wide(message, 2, 5);
  const role = ROLES[message[11]!];
  if (at !== message.length || number >= NUMBERS || role === undefined) return null;
  const [valid_from, valid_until] = [12, 15].map((place) => EPOCH + wide(message, place, 3) * MINUTE) as [number, number];
  return { number, role, valid_from, valid_until, printed };
}

function unpackGrant(packed: Uint8Array): Right {
  const first = wide(packed, 0, 2);
  const days = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (packed[2]! >> bit) & 1);
  const campuses: number[] = [];
  for (let at = 4; at < packed.length; at += 2) campuses.push(wide(packed, at, 2));
  return { days: days.map((bit) => new Date(EPOCH + (first + bit) * DAY).toISOString().slice(0, 10)), campuses };
}

function wide(bytes: Uint8Array, at: number, length: number): number {
  return bytes.slice(at, at + length).reduce((total, byte) => total * 256 + byte, 0);
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
