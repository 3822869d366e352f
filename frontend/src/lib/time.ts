// Ages, clock times and delays, as pure functions.

export type AgeState = "fresh" | "stale" | "lost";

export const STALE_AFTER_MS = 5_000;
export const LOST_AFTER_MS = 20_000;

/** How much an age in milliseconds deserves attention: amber from 5 s, red from 20 s. */
export function ageState(ageMs: number): AgeState {
  if (ageMs >= LOST_AFTER_MS) return "lost";
  return ageMs >= STALE_AFTER_MS ? "stale" : "fresh";
}

/** "9 s", "4 min", "2 h 05": the same words in French and English; never negative. */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}\u00a0min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}\u00a0h${rest ? `\u00a0${String(rest).padStart(2, "0")}` : ""}`;
}

/** 24 h with a colon in both languages, on the wall clock of *zone*. */
export function clockTime(moment: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone }).format(moment);
}

/** "in 6 minutes", "il y a 2 heures": whole minutes below an hour, hours below two days, then days. */
export function relative(fromNowMs: number, lang: string): string {
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const minutes = Math.round(fromNowMs / 60_000);
  if (Math.abs(minutes) < 60) return format.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? format.format(hours, "hour") : format.format(Math.round(hours / 24), "day");
}

/** Full jitter: somewhere between 0.5 s and a ceiling that doubles from 2 s to 30 s, so that a crowd does not come back at once. */
export function reconnectDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(30_000, 2_000 * 2 ** Math.max(0, Math.min(attempt, 20)));
  return 500 + random() * (ceiling - 500);
}

/** Seconds to leave a server alone that took *ms* to answer: none while it is quick, as long again when it is not. */
export function rest(ms: number): number {
  return ms > 250 ? ms / 1000 : 0;
}
