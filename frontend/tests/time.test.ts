import assert from "node:assert/strict";
import { test } from "node:test";

import { ageState, clockTime, reconnectDelay, relative, rest, shortDuration } from "../src/lib/time.ts";

test("data is stale from 5 s and lost from 20 s", () => {
  const states = [0, 4_999, 5_000, 19_999, 20_000].map(ageState);
  assert.deepEqual(states, ["fresh", "fresh", "stale", "stale", "lost"]);
});

test("ages are said in one unit, hours with their minutes", () => {
  const said = [-50, 0, 9_999, 60_000, 3_599_000, 3_600_000, 7_500_000].map((ms) => shortDuration(ms).replaceAll("\u00a0", " "));
  assert.deepEqual(said, ["0 s", "0 s", "9 s", "1 min", "59 min", "1 h", "2 h 05"]);
});

test("clock time is that of the campus, also in the night clocks change", () => {
  assert.equal(clockTime(new Date("2028-11-16T09:40:00Z"), "Europe/Paris"), "10:40");
  assert.equal(clockTime(new Date("2028-10-29T00:30:00Z"), "Europe/Paris"), "02:30");
  assert.equal(clockTime(new Date("2028-10-29T01:30:00Z"), "Europe/Paris"), "02:30");
  assert.equal(clockTime(new Date("2028-11-16T23:05:00Z"), "Europe/Paris"), "00:05");
});

test("time to go is in words of the reader's language", () => {
  assert.equal(relative(6 * 60_000, "fr"), "dans 6 minutes");
  assert.equal(relative(-2 * 3_600_000, "en"), "2 hours ago");
  assert.equal(relative(72 * 3_600_000, "en"), "in 3 days");
});

test("coming back spreads between half a second and a ceiling that doubles to 30 s", () => {
  const lowest = [0, 1, 2, 9, 400].map((attempt) => reconnectDelay(attempt, () => 0));
  const highest = [0, 1, 2, 3, 4, 9, 400].map((attempt) => reconnectDelay(attempt, () => 1));
  assert.deepEqual(lowest, [500, 500, 500, 500, 500]);
  assert.deepEqual(highest, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("a quick server is asked again at once, a slow one is left alone as long as it took", () => {
  assert.deepEqual([40, 250, 251, 2_000].map(rest), [0, 0, 0.251, 2]);
});
