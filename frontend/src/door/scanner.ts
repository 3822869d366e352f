/** One scan from text to answer: the server while it answers, else this phone by itself with the same rule. */

import { decide, type Decision, type Look, type Seen, type Way } from "./admission";
import { codeOf, numberOf, spaced } from "./codes";
import { askOf, Known, type Gate, type Words } from "./snapshot";
import * as store from "./store";
import type { SeenScan } from "./store";
import { Away, Withdrawn, type Answer, type Server } from "./sync";
import { readToken } from "./token";
import { say, type Said } from "./words";

export const SLOW_MS = 280; // the phone answers itself when the server has not by then
const TYPED = 24;
const KEPT = 500; // characters: no token has more than 400, and a full batch of the strangest texts stays within what the server reads

export interface Result {
  nonce: string; text: string; way: Way; look: Look; admitted: boolean; detail: string; override: Decision["override"]; attention: boolean;
  said: Said; theirs: Said | null; theirLanguage: string; name: string; role: string; inside: number | null; capacity: number; at: number;
  offline: boolean; facts: Decision["facts"]; code?: string;
}

export interface Context { known: Known; gate: Gate; lang: string; staff: string; server: Server; own: SeenScan[] }

/** The answer, within SLOW_MS when this phone can give one; `later` hears the server's own when it comes after that and differs. */
export async function scan(context: Context, text: string, way: Way, force: boolean, later: (result: Result) => void): Promise<Result> {
  const nonce = newNonce();
  const { server, gate, staff } = context;
  const asked = server.redeem({ nonce, secret: text, gate: gate.id, type: way, force, staff }).then(
    (answer) => (answer ? fromServer(context, answer, text, way) : null),
    (error: unknown) => {
      if (error instanceof Withdrawn) throw error;
      if (error instanceof Away) return null;
      throw error;
    },
  );
  const first = await Promise.race([asked, wait(SLOW_MS)]);
  if (first) {
    await remember(context, first);
    return first;
  }
  const own = await byItself(context, nonce, text, way, force);
  void asked.then(
    async (answer) => {
      if (!answer) return;
      await store.sent([nonce], []); // the server has it: its record is the scan's record
      if (answer.admitted !== own.admitted || answer.name) later(answer);
    },
    () => undefined,
  );
  return own;
}

/** A visitor registered at this door: by the server, else written down here until it answers. A text is why not. */
export async function register(context: Context, given: { name: string; email: string; adult: boolean; language: string }): Promise<Result | string> {
  const { gate, server, staff, lang, known, own } = context;
  const walkIn: store.WalkIn = { ...given, nonce: newNonce(), gate: gate.id, staff, at: 0, happened: false };
  try {
    const answer = await server.walkIn(walkIn);
    if (typeof answer === "string") return answer;
    const result = { ...fromServer(context, answer, answer.position?.code ?? "", "entry"), code: answer.position?.code ?? "" };
    await remember(context, result);
    return result;
  } catch (error) {
    if (!(error instanceof Away)) throw error;
  }
  const at = server.now();
  await store.addWalkIn({ ...walkIn, at, happened: true });
  const said: Said = { title: words(known, lang)?.details["welcome"]?.[0] ?? "", instead: "", lines: [] };
  return {
    nonce: walkIn.nonce, text: "", way: "entry", look: "ok", admitted: true, detail: "welcome", override: "", attention: true, said, theirs: null, theirLanguage: lang,
    name: given.name, role: "visitor", inside: known.inside(gate.campus, own), capacity: gate.capacity, at, offline: true, facts: {},
  };
}

/** Decide here, and keep the scan until the server has it. */
export async function byItself(context: Context, nonce: string, text: string, way: Way, force: boolean): Promise<Result> {
  const { known, gate, lang, server, own } = context;
  const at = server.now();
  const { fault, seen } = await readText(known, text, at);
  const decision = decide(askOf(known, own, { way, at, gate, seen, fault, force }));
  const admitted = decision.status === "ok";
  const number = seen?.number ?? null;
  const scanned: store.QueuedScan = {
    nonce, text: text.slice(0, KEPT).replace(/\p{Surrogate}/gu, "\ufffd"), gate: gate.id, way, at: Date.now(), admitted, detail: decision.detail, offset: server.offset, forced: decision.forced,
    staff: context.staff, warnings: decision.warnings,
  };
  const mark = admitted && number !== null ? seenScan(nonce, number, gate, way, at) : null;
  await store.addScan(scanned, mark);
  if (mark) own.push(mark);
  const inside = known.inside(gate.campus, own);
  return {
    nonce, text, way, look: decision.look, admitted, detail: decision.detail, override: decision.override, attention: decision.attention,
    said: say(words(known, lang), lang, decision, gate.zone), theirs: null, theirLanguage: lang, name: number === null ? "" : spaced(codeOf(number)),
    role: seen?.role ?? "", inside, capacity: gate.capacity, at, offline: true, facts: decision.facts,
  };
}

/** A token by its signature; a typed code by the list of badges in the snapshot. */
async function readText(known: Known, text: string, at: number): Promise<{ fault: string; seen: Seen | null }> {
  if (text.length <= TYPED) {
    const number = numberOf(text);
    const seen = number === null ? null : known.byNumber(number);
    return { fault: seen ? "" : number === null && !/^[A-Za-z0-9 -]{6,10}$/.test(text) ? "foreign" : "unknown_code", seen };
  }
  const { fault, seen } = await readToken(text, known.snapshot.keys, known.snapshot.edition.mark, at);
  // eslint-disable-next-line no-control-regex
  if (seen === null && /[\u0000-\u001f\u007f]/.test(text)) return { fault: "binary", seen: null };
  return { fault, seen };
}

function fromServer(context: Context, answer: Answer, text: string, way: Way): Result {
  const { forum, position } = answer;
  const pick = (lang: string): Said => {
    const [title = forum.detail, instead = "", ...lines] = forum.said[lang] ?? [];
    return { title, instead, lines };
  };
  const said = forum.said[context.lang] ? pick(context.lang) : pick(Object.keys(forum.said)[0] ?? context.lang);
  return {
    nonce: forum.nonce, text, way, look: forum.look, admitted: answer.status === "ok", detail: forum.detail, override: forum.override,
    attention: forum.warnings.length > 0, said, theirs: forum.language !== context.lang && forum.said[forum.language] ? pick(forum.language) : null,
    theirLanguage: forum.language, name: position?.attendee_name ?? "", role: position?.item ?? "", inside: forum.inside, capacity: forum.capacity,
    at: forum.at, offline: false, facts: forum.facts,
  };
}

/** What the server admitted is part of what this phone knows when the network goes. */
async function remember(context: Context, result: Result): Promise<void> {
  if (!result.admitted) return;
  const number = numberOf(result.text) ?? (await readToken(result.text, context.known.snapshot.keys, context.known.snapshot.edition.mark, result.at)).seen?.number;
  if (number === undefined || number === null) return;
  const mark = seenScan(result.nonce, number, context.gate, result.way, result.at);
  context.own.push(mark);
  await store.addSeen(mark);
}

function seenScan(nonce: string, number: number, gate: Gate, way: Way, at: number): SeenScan {
  return { nonce, number, campus: gate.campus, gate: gate.slug, gate_name: gate.name, way, at, undone: false };
}

export function words(known: Known, lang: string): Words | undefined {
  return known.snapshot.sentences[lang];
}

export function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function wait(ms: number): Promise<null> {
  return new Promise((resolve) => window.setTimeout(() => resolve(null), ms));
}
