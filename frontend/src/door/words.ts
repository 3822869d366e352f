/** A decision in words: the twin of `forum/badges/sentences.py`, with the sentences the snapshot brought. */

import type { Decision, Fact } from "./admission";
import { clockOf, type Words } from "./snapshot";

const MOMENTS = new Set(["valid_from", "valid_until", "since"]);
const CLOCKS = new Set(["seen_at", "from_at", "next_at"]);
const LENGTHS = new Set(["ago", "travel", "next_minutes"]);
const HOURS = new Set(["opens", "closes"]);
const NO_BREAK = "\u00a0";

export interface Said { title: string; instead: string; lines: string[] }

/** Title, what to do, and a line per warning; a sentence whose facts are missing is left out. */
export function say(words: Words | undefined, lang: string, decision: Decision, zone: string): Said {
  if (!words) return { title: decision.detail, instead: "", lines: [] };
  const facts = worded(lang, decision.facts, zone);
  const [title, instead] = words.details[variant(decision)] ?? [decision.detail, ""];
  const lines = decision.warnings.map((warning) => words.warnings[warning] ?? words.details[warning]?.[0] ?? "");
  lines.push(...decision.unknown.map((unknown) => words.unknowns[unknown] ?? ""));
  return { title: filled(title, facts), instead: filled(instead, facts), lines: lines.map((line) => filled(line, facts)).filter(Boolean) };
}

/** The detail, with what is expected (a session is not at a table) and the way there; a badge without a day has its own sentence. */
function variant(decision: Decision): string {
  const { detail, facts } = decision;
  if (detail === "day" && !facts["days"]) return "day_none";
  const kind = ["elsewhere", "welcome_next"].includes(detail) && facts["next_what"] === "session" ? `${detail}_session` : detail;
  return detail === "elsewhere" && facts["next_step_free"] ? `${kind}_step_free` : kind;
}

export function worded(lang: string, facts: Record<string, Fact>, zone: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (MOMENTS.has(name)) out[name] = `${dayWords(lang, Number(fact), zone)} ${clockOf(Number(fact), zone)}`;
    else if (CLOCKS.has(name)) out[name] = clockOf(Number(fact), zone);
    else if (LENGTHS.has(name)) out[name] = duration(name === "ago" ? Math.max(1, Number(fact)) : Number(fact));
    else if (HOURS.has(name)) out[name] = `${two(Math.floor(Number(fact) / 60))}:${two(Number(fact) % 60)}`;
    else if (name === "days") out[name] = String(fact).split(",").filter(Boolean).map((day) => dayWords(lang, Date.parse(`${day}T12:00Z`), "UTC")).join(", ") || "–";
    else out[name] = String(fact);
  }
  return out;
}

function filled(text: string, facts: Record<string, string>): string {
  let complete = true;
  const sentence = text.replace(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? ((complete = false), ""));
  return complete ? sentence : "";
}

/** "jeu. 16 nov." and "Thu 16 Nov", as the server writes them. */
export function dayWords(lang: string, at: number, zone: string): string {
  const options = { weekday: "short", day: "numeric", month: "short", timeZone: zone } as const;
  const part = Object.fromEntries(new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, options).formatToParts(at).map((p) => [p.type, p.value]));
  return `${part["weekday"]} ${part["day"]} ${part["month"]}`;
}

export function duration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return `${minutes}${NO_BREAK}min`;
  return rest ? `${hours}${NO_BREAK}h${NO_BREAK}${two(rest)}` : `${hours}${NO_BREAK}h`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
