import assert from "node:assert/strict";
import { test } from "node:test";

import { roomsOf, step } from "../src/agenda/grid.ts";

test("a room with overlapping sessions has several columns", () => {
  assert.deepEqual(roomsOf([{ room: "a", lanes: 1 }, { room: "b", lanes: 2 }]), ["a", "b", "b"]);
});

test("arrows move one step and stop at the edges", () => {
  const at = { row: 0, column: 1 };
  assert.deepEqual(step(at, "ArrowDown", 4, 2), { row: 1, column: 1 });
  assert.deepEqual(step(at, "ArrowUp", 4, 2), at);
  assert.deepEqual(step(at, "ArrowRight", 4, 2), at);
  assert.deepEqual(step(at, "ArrowLeft", 4, 2), { row: 0, column: 0 });
});
