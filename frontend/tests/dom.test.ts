import assert from "node:assert/strict";
import { test } from "node:test";

import { fill, matches, plain } from "../src/lib/dom.ts";
import { nearest } from "../src/lib/geometry.ts";
import { getText, HttpError } from "../src/lib/http.ts";
import { cacheOf, isSignIn, marksOf, withAge } from "../src/lib/offline.ts";

test("sentences take their facts and keep what they do not know", () => {
  assert.equal(fill("{name}, place {place} of {count}", { name: "Ville de Pantin", place: 1, count: 3 }), "Ville de Pantin, place 1 of 3");
  assert.equal(fill("{a}{b}", { a: "{b}", b: "x" }), "{b}x");
  assert.equal(fill("{toString}", {}), "{toString}");
});

test("names are found without accents, by the beginnings of their words, in any order", () => {
  assert.equal(plain("  Ménilmontant  ÉCOLE "), "menilmontant ecole");
  assert.equal(matches("8 Campus Goutte-d’Or, Paris 18e", "gou"), true);
  assert.equal(matches("8 Campus Goutte-d’Or, Paris 18e", "or paris"), true);
  assert.equal(matches("8 Campus Goutte-d’Or, Paris 18e", "utte"), false);
  assert.equal(matches("Saint-Denis", ""), true);
});

const grid = [0, 1, 2, 3, 4, 5].map((i) => ({ left: (i % 3) * 100, right: (i % 3) * 100 + 90, top: Math.floor(i / 3) * 50, bottom: Math.floor(i / 3) * 50 + 44 }));

test("arrows move straight on a grid and stop at its edges", () => {
  assert.deepEqual([nearest(grid, 0, "ArrowRight"), nearest(grid, 0, "ArrowDown"), nearest(grid, 4, "ArrowUp"), nearest(grid, 5, "ArrowLeft")], [1, 3, 1, 4]);
  assert.deepEqual([nearest(grid, 2, "ArrowRight"), nearest(grid, 1, "ArrowUp"), nearest(grid, 3, "ArrowLeft"), nearest(grid, 9, "ArrowUp")], [-1, -1, -1, -1]);
});

test("an arrow crosses a hole in the grid", () => {
  const holed = grid.filter((_, i) => i !== 1);
  assert.equal(nearest(holed, 0, "ArrowRight"), 1); // what was third
});

test("a page says whether it is to be kept and whose it is", () => {
  const page = '<head><meta name="offline" content="day"><meta name="signed-in" content="p1"></head><main id="content"><h1>x</h1></main>';
  assert.deepEqual(marksOf(page), { offline: "day", owner: "p1" });
  assert.deepEqual(marksOf('<head></head><p>&lt;<meta name="offline" content="evil"></p>'), { offline: "", owner: "" });
  assert.equal(cacheOf("p1"), "pages-p1");
  assert.notEqual(cacheOf("p1"), cacheOf("p2"));
});

test("a page from the device begins with its age, in its own words", () => {
  const page = '<head><meta name="offline-words" content="Hors ligne. Page de {time}."></head><main id="content" class="x"><h1>Jour</h1></main>';
  assert.equal(
    withAge(page, "09:12"),
    '<head><meta name="offline-words" content="Hors ligne. Page de {time}."></head><main id="content" class="x"><p class="net-lost" role="status">Hors ligne. Page de 09:12.</p><h1>Jour</h1></main>',
  );
});

test("only the sign-in page means signed out", () => {
  const answers = ["https://f.example/sign-in?next=/day", "https://f.example/en/sign-in", "https://f.example/sign-in-help", "https://f.example/day"].map(isSignIn);
  assert.deepEqual(answers, [true, true, false, false]);
});

test("a fragment that became the sign-in page is a refusal, an error keeps its status", async () => {
  const answer = (init: { status?: number; url?: string; redirected?: boolean }) => async () =>
    Object.defineProperties(new Response("text", { status: init.status ?? 200 }), { url: { value: init.url ?? "https://f.example/day" }, redirected: { value: init.redirected ?? false } });
  assert.equal(await getText("/day", { via: answer({}) }), "text");
  await assert.rejects(getText("/day", { via: answer({ url: "https://f.example/sign-in?next=/day", redirected: true }) }), (e) => e instanceof HttpError && e.status === 401);
  await assert.rejects(getText("/day", { via: answer({ status: 503 }) }), (e) => e instanceof HttpError && e.status === 503 && e.page === "");
  for (const status of [409, 422]) await assert.rejects(getText("/day", { via: answer({ status }) }), (e) => e instanceof HttpError && e.page === "text");
});
