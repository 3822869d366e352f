/** Sound and vibration: one long for yes, two for look, three short for no; nobody has to see the colour. */

import type { Look } from "./admission";

const PATTERNS: Record<Look, { buzz: number[]; notes: [number, number][] }> = {
  ok: { buzz: [80], notes: [[880, 0.14]] },
  seen: { buzz: [60, 60, 60], notes: [[520, 0.1], [520, 0.1]] },
  else: { buzz: [60, 60, 160], notes: [[620, 0.1], [780, 0.16]] },
  stop: { buzz: [120, 70, 120, 70, 120], notes: [[220, 0.12], [220, 0.12], [220, 0.2]] },
  idle: { buzz: [40, 40, 40], notes: [[300, 0.08], [300, 0.08]] },
};

let context: AudioContext | null = null;

/** Browsers only let sound begin from a touch: call this from one. */
export function unlockSound(): void {
  context ??= "AudioContext" in window ? new AudioContext() : null;
  void context?.resume();
}

export function signal(look: Look): void {
  const { buzz, notes } = PATTERNS[look];
  navigator.vibrate?.(buzz);
  if (!context || context.state !== "running") return;
  let at = context.currentTime + 0.01;
  for (const [frequency, seconds] of notes) {
    const tone = context.createOscillator();
    const loud = context.createGain();
    tone.frequency.value = frequency;
    loud.gain.setValueAtTime(0.25, at);
    loud.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(loud).connect(context.destination);
    tone.start(at);
    tone.stop(at + seconds);
    at += seconds + 0.06;
  }
}
