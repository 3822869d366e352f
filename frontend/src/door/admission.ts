/** Who may pass a door: the twin of `forum/badges/admission.py`, rule for rule, for a phone without a network.
 *
 * The same JSON goes in and comes out; `tests/badges/test_twin.py` holds the two together with generated cases.
 */

export type Way = "entry" | "exit";
export type Fact = number | string | boolean;
export interface Right { days: string[]; campuses: number[] }
export interface Seen { number: number; role: string; valid_from: number; valid_until: number; printed: Right[] }
export interface Standing { state: string; since: number; rights: Right[] | null; known: boolean }
export interface Gate { campus: number; slug: string; name: string; ways: "entry" | "exit" | "both"; suspended: boolean }
export interface Rule {
  gate: string; days: string[]; roles: string[]; opens: number; closes: number; reentry: boolean; entries_per_day: number;
}
export interface Passage { at: number; campus: number; gate: string; gate_name: string; way: Way; day: string }
export interface Expected { campus: number; at: number; minutes: number; step_free: boolean; what: string; place: string }
export interface Around {
  history: Passage[]; history_complete: boolean; inside: number | null; inside_exact: boolean; capacity: number;
  travel: number | null; expected: Expected | null; itinerary_known: boolean;
}
export interface Ask {
  way: Way; at: number; day: string; minute: number; gate: Gate; seen: Seen | null; fault: string; standing: Standing;
  rules: Rule[]; around: Around; force: boolean;
}
export type Look = "ok" | "seen" | "else" | "stop" | "idle";
export interface Decision {
  status: "ok" | "error"; detail: string; reason: string; look: Look; attention: boolean; forced: boolean;
  override: "" | "steward" | "supervisor"; unknown: string[]; warnings: string[]; facts: Record<string, Fact>;
}

const MINUTE = 60_000;
const STAY = 20;
const LATE = 30;

const REASONS: Record<string, string> = {
  foreign: "invalid", truncated: "invalid", binary: "invalid", unknown_key: "invalid", forged: "invalid", unknown_code: "invalid",
  other_edition: "invalid", expired: "invalid_time", not_yet: "invalid_time", key_retired: "revoked", revoked: "revoked",
  reissued: "revoked", cancelled: "canceled", blocked: "blocked", unapproved: "unapproved", suspended: "blocked",
  entry_only: "rules", exit_only: "rules", day: "invalid_time", campus: "product", inside_here: "already_redeemed",
  no_reentry: "already_redeemed", rule_day: "rules", rule_role: "product", rule_time: "rules", entries: "rules", full: "rules",
  elsewhere: "rules",
};
const OVERRIDES: Record<string, "steward" | "supervisor"> = {
  inside_here: "steward", elsewhere: "steward", no_reentry: "steward", day: "supervisor", campus: "supervisor",
  rule_day: "supervisor", rule_role: "supervisor", rule_time: "supervisor", entries: "supervisor", full: "supervisor",
  unapproved: "supervisor",
};
const QUIET = new Set(["closes", "next", "not_inside"]);

interface Notes { unknown: string[]; warnings: string[]; facts: Record<string, Fact> }
type Step = (ask: Ask, notes: Notes) => string;

/** Whether the person passes, why not, and what to do instead. Validity comes first, then the door, then the day. */
export function decide(ask: Ask): Decision {
  const notes: Notes = { unknown: [], warnings: [], facts: {} };
  const fault = notGenuine(ask, notes);
  if (fault) return refusal(ask, fault, notes, ask.seen === null);
  if (ask.gate.ways !== "both" && ask.gate.ways !== ask.way) return refusal(ask, `${ask.gate.ways}_only`, notes);
  if (ask.way === "exit") return leave(ask, notes);
  for (const step of STEPS) {
    const found = step(ask, notes);
    if (found) return refusal(ask, found, notes);
  }
  const awaitedHere = "next_at" in notes.facts && notes.facts["next_campus"] === ask.gate.campus;
  return passes(awaitedHere ? "welcome_next" : "welcome", notes);
}

/** The entry that holds now, or null outside: entering B closes A, leaving a campus one is not in changes nothing. */
export function whereabouts(history: readonly Passage[]): Passage | null {
  let held: Passage | null = null;
  for (const passage of [...history].sort(byTime)) {
    if (passage.way === "entry") held = passage;
    else if (held !== null && held.campus === passage.campus) held = null;
  }
  return held;
}

function byTime(a: Passage, b: Passage): number {
  return a.at - b.at || compare(a.way, b.way) || a.campus - b.campus || compare(a.gate, b.gate);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notGenuine(ask: Ask, notes: Notes): string {
  if (ask.seen === null) return ask.fault || "foreign";
  notes.facts["valid_from"] = ask.seen.valid_from;
  notes.facts["valid_until"] = ask.seen.valid_until;
  if (ask.fault === "other_edition") return ask.fault;
  if (ask.way === "entry" && ask.standing.state === "valid") {
    if (ask.fault) return ask.fault;
    if (ask.at >= ask.seen.valid_until) return "expired";
    if (ask.at < ask.seen.valid_from) return "not_yet";
  }
  return "";
}

function leave(ask: Ask, notes: Notes): Decision {
  if (ask.standing.state !== "valid") {
    notes.facts["since"] = ask.standing.since;
    notes.warnings.push(ask.standing.state);
  }
  const held = whereabouts(before(ask));
  if (held === null || held.campus !== ask.gate.campus) {
    if (ask.around.history_complete) notes.warnings.push("not_inside");
    else notes.unknown.push("doors");
  }
  return passes("goodbye", notes);
}

function standing(ask: Ask, notes: Notes): string {
  if (ask.standing.state === "valid") return "";
  notes.facts["since"] = ask.standing.since;
  return ask.standing.state;
}

function door(ask: Ask): string {
  return ask.gate.suspended ? "suspended" : "";
}

function rights(ask: Ask, notes: Notes): string {
  const inForce = ask.standing.rights ?? ask.seen!.printed;
  const today = inForce.filter((right) => right.days.includes(ask.day));
  let fault = "";
  if (today.length === 0) {
    notes.facts["days"] = [...new Set(inForce.flatMap((right) => right.days))].sort().join(",");
    fault = "day";
  } else if (!today.some((right) => right.campuses.length === 0 || right.campuses.includes(ask.gate.campus))) {
    notes.facts["campus"] = Math.min(...today.flatMap((right) => right.campuses));
    fault = "campus";
    sayExpected(ask, notes);
  }
  if (ask.standing.known) return fault;
  notes.unknown.push("rights");
  if (fault) notes.warnings.push(`maybe_${fault}`);
  return "";
}

function inside(ask: Ask, notes: Notes): string {
  if (!ask.around.history_complete) notes.unknown.push("doors");
  const held = whereabouts(before(ask));
  if (held === null) return "";
  const minutes = Math.floor((ask.at - held.at) / MINUTE);
  if (held.campus === ask.gate.campus) {
    const sameGate = held.gate === ask.gate.slug;
    Object.assign(notes.facts, { seen_gate: held.gate_name, seen_at: held.at, ago: minutes, same_gate: sameGate });
    return "inside_here";
  }
  Object.assign(notes.facts, { from_campus: held.campus, from_at: held.at });
  notes.warnings.push("closes");
  if (ask.around.travel !== null && minutes < ask.around.travel) {
    notes.facts["travel"] = ask.around.travel;
    notes.warnings.push("too_fast");
  }
  return "";
}

function rules(ask: Ask, notes: Notes): string {
  let closest: { rule: Rule; failed: string[] } | null = null;
  for (const rule of ask.rules) {
    if (rule.gate !== "" && rule.gate !== ask.gate.slug) continue;
    const failed = failures(rule, ask);
    if (failed.length === 0) return "";
    if (closest === null || failed.length < closest.failed.length) closest = { rule, failed };
  }
  if (closest === null) return "";
  const { rule, failed } = closest;
  const first = failed[0]!;
  if (first === "rule_time") Object.assign(notes.facts, { opens: rule.opens, closes: rule.closes });
  else if (first === "rule_day") notes.facts["days"] = [...rule.days].sort().join(",");
  else if (first === "entries") notes.facts["entries"] = rule.entries_per_day;
  else if (first === "rule_role") notes.facts["roles"] = rule.roles.join(",");
  return first;
}

function failures(rule: Rule, ask: Ask): string[] {
  const here = (p: Passage): boolean => p.way === "entry" && p.campus === ask.gate.campus && p.day === ask.day;
  const entries = before(ask).filter(here).length;
  const conditions: [string, boolean][] = [
    ["rule_role", rule.roles.length === 0 || rule.roles.includes(ask.seen!.role)],
    ["rule_day", rule.days.length === 0 || rule.days.includes(ask.day)],
    ["rule_time", rule.opens <= ask.minute && ask.minute < rule.closes],
    ["no_reentry", rule.reentry || entries === 0],
    ["entries", rule.entries_per_day === 0 || entries < rule.entries_per_day],
  ];
  return conditions.filter(([, met]) => !met).map(([name]) => name);
}

function room(ask: Ask, notes: Notes): string {
  const { inside: count, inside_exact: exact, capacity } = ask.around;
  if (count === null || !exact) notes.unknown.push("inside");
  if (count === null || capacity === 0 || count < capacity) return "";
  Object.assign(notes.facts, { inside: count, capacity });
  if (exact) return "full";
  notes.warnings.push("maybe_full");
  return "";
}

function expected(ask: Ask, notes: Notes): string {
  if (!ask.around.itinerary_known) {
    notes.unknown.push("itinerary");
    return "";
  }
  const next = ask.around.expected;
  if (next === null) return "";
  sayExpected(ask, notes);
  if (next.campus === ask.gate.campus || next.at === 0) return "";
  const left = Math.floor((next.at - ask.at) / MINUTE);
  if (-LATE <= left && left <= next.minutes + STAY) return "elsewhere";
  notes.warnings.push("next");
  return "";
}

function sayExpected(ask: Ask, notes: Notes): void {
  const next = ask.around.expected;
  if (next === null || !ask.around.itinerary_known || next.at === 0) return;
  Object.assign(notes.facts, {
    next_campus: next.campus, next_at: next.at, next_what: next.what, next_place: next.place,
    next_minutes: next.minutes, next_step_free: next.step_free,
  });
}

function before(ask: Ask): Passage[] {
  return ask.around.history.filter((passage) => passage.at <= ask.at);
}

const STEPS: Step[] = [standing, door, rights, inside, rules, room, expected];

function passes(detail: string, notes: Notes): Decision {
  const attention = notes.warnings.some((warning) => !QUIET.has(warning));
  return { status: "ok", detail, reason: "", look: "ok", attention, forced: false, override: "", ...notes };
}

function refusal(ask: Ask, detail: string, notes: Notes, final = false): Decision {
  const reason = REASONS[detail] ?? "error";
  if (ask.force && !final) {
    const warnings = [...notes.warnings, detail];
    return { status: "ok", detail: "forced", reason, look: "ok", attention: true, forced: true, override: "", ...notes, warnings };
  }
  const override = OVERRIDES[detail] ?? "";
  return { status: "error", detail, reason, look: look(detail), attention: true, forced: false, override, ...notes };
}

function look(detail: string): Look {
  if (detail === "inside_here" || detail === "no_reentry") return "seen";
  if (detail === "elsewhere" || detail === "campus") return "else";
  return ["foreign", "truncated", "binary", "unknown_code"].includes(detail) ? "idle" : "stop";
}
