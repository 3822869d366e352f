import assert from "node:assert/strict";
import { test } from "node:test";

import { type LiveEvent, LiveSocket, parse, SILENCE_MS, type SocketLike, TRUST_MS } from "../src/lib/socket.ts";

class Line implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  closed = false;
  constructor(readonly query: URLSearchParams) {}
  close(): void {
    this.closed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  fall(code = 1006): void {
    this.onclose?.({ code });
  }
}

/** A world with its own clock: nothing happens until `pass`. */
class World {
  lines: Line[] = [];
  time = 1_000_000;
  #timers = new Map<number, { at: number; run: () => void }>();
  #last = 0;
  open = (query: string): SocketLike => {
    const line = new Line(new URLSearchParams(query));
    this.lines.push(line);
    return line;
  };
  later = (run: () => void, ms: number): number => {
    this.#timers.set(++this.#last, { at: this.time + ms, run });
    return this.#last;
  };
  cancel = (timer: number): void => void this.#timers.delete(timer);
  now = (): number => this.time;
  random = (): number => 1;
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
    }
    this.time = end;
  }
  get line(): Line {
    const line = this.lines.at(-1);
    assert.ok(line, "nothing was opened");
    return line;
  }
}

class Ear {
  heard: string[] = [];
  states: string[] = [];
  changed(topic: string, event?: LiveEvent): void {
    this.heard.push(event ? `${topic}#${event.seq}` : `${topic}*`);
  }
  connection(state: string): void {
    this.states.push(state);
  }
}

const event = (seq: number, topic = "campus.12") => ({ type: "event", seq, topic, kind: "checkin", id: "x", at: "2028-11-16T09:40:00Z" });

function connected(topics = ["campus.12"]): { world: World; socket: LiveSocket; ear: Ear; stop: () => void } {
  const world = new World();
  const socket = new LiveSocket(world);
  const ear = new Ear();
  const stop = socket.listen(topics, ear);
  world.pass(0);
  world.line.say({ type: "hello", epoch: "e1", seq: 40 });
  ear.heard.length = 0;
  return { world, socket, ear, stop };
}

test("regions of one page share one connection with all their topics", () => {
  const world = new World();
  const socket = new LiveSocket(world);
  socket.listen(["me"], new Ear());
  socket.listen(["edition", "me"], new Ear());
  world.pass(0);
  assert.equal(world.lines.length, 1);
  assert.equal(world.line.query.get("topics"), "edition,me");
  assert.equal(world.line.query.has("since"), false);
});

test("the first hello fetches once, for what happened since the page was rendered", () => {
  const world = new World();
  const ear = new Ear();
  new LiveSocket(world).listen(["me"], ear);
  world.pass(0);
  world.line.say({ type: "hello", epoch: "e1", seq: 7 });
  assert.deepEqual(ear.heard, ["me*"]);
});

test("events are told once each, in order, to those who asked for the topic", () => {
  const { world, socket, ear } = connected();
  const other = new Ear();
  socket.listen(["campus.12"], other); // the same topics: no new connection
  world.pass(0);
  for (const seq of [41, 42, 42, 41, 43]) world.line.say(event(seq));
  world.line.say(event(44, "campus.3"));
  assert.deepEqual(ear.heard, ["campus.12#41", "campus.12#42", "campus.12#43"]);
  assert.deepEqual(other.heard, ear.heard);
  assert.equal(world.lines.length, 1);
});

test("events of one topic in one frame count by their highest number, whatever another topic was at", () => {
  const { world, ear } = connected(["campus.12", "edition"]);
  world.line.say(event(47, "edition"));
  world.line.say({ type: "events", topic: "campus.12", seq: 49, events: [event(45), event(49)] });
  world.line.say({ type: "events", topic: "campus.12", seq: 49, events: [event(45), event(49)] });
  assert.deepEqual(ear.heard, ["edition#47", "campus.12#45", "campus.12#49"]);
  world.line.fall();
  world.pass(2_000);
  assert.equal(world.line.query.get("since"), "49");
});

test("what is shown is known to be good while beats come, until the last one when they stop, until the fall", () => {
  const { world, socket } = connected();
  world.pass(90_000);
  assert.equal(socket.goodUntil, world.time); // a server that does not beat is trusted while connected
  world.line.say({ type: "beat" });
  const heard = world.time;
  world.pass(TRUST_MS);
  assert.equal(socket.goodUntil, world.time);
  world.pass(1);
  assert.equal(socket.goodUntil, heard);
  world.line.fall();
  world.pass(1_000);
  assert.equal(socket.goodUntil, heard + TRUST_MS + 1);
});

test("after a fall it comes back with its place in the stream and asks for nothing twice", () => {
  const { world, socket, ear } = connected();
  world.line.say(event(41));
  world.line.fall();
  assert.equal(socket.lostSince, world.time);
  assert.equal(socket.nextTry, world.time + 2_000);
  world.pass(2_000);
  assert.deepEqual([world.line.query.get("epoch"), world.line.query.get("since")], ["e1", "41"]);
  world.line.say({ type: "hello", epoch: "e1", seq: 60 });
  world.line.say(event(42));
  assert.deepEqual(ear.heard, ["campus.12#41", "campus.12#42"]);
  assert.deepEqual(ear.states, ["open", "lost", "open"]);
  assert.equal(socket.lostSince, null);
});

test("another epoch means another stream: everything is fetched again", () => {
  const { world, ear } = connected(["campus.12", "edition"]);
  world.line.fall();
  world.pass(2_000);
  world.line.say({ type: "hello", epoch: "e2", seq: 3 });
  world.line.say(event(4));
  assert.deepEqual(ear.heard, ["campus.12*", "edition*", "campus.12#4"]);
});

test("resync reaches only its topic", () => {
  const { world, ear } = connected(["campus.12", "edition"]);
  world.line.say({ type: "resync", topic: "edition" });
  assert.deepEqual(ear.heard, ["edition*"]);
});

test("tries grow apart, and start again from small after a success", () => {
  const { world } = connected();
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    const before = world.time;
    const lines = world.lines.length;
    world.line.fall();
    while (world.lines.length === lines) world.pass(500);
    waits.push(world.time - before);
  }
  assert.deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  world.line.say({ type: "hello", epoch: "e1", seq: 40 });
  world.line.fall();
  world.pass(2_000);
  assert.equal(world.lines.length, 8);
});

test("a refusal ends it: no try follows, not even when the network comes back", () => {
  for (const code of [1008, 4401, 4403]) {
    const { world, socket } = connected();
    world.line.fall(code);
    world.pass(120_000);
    socket.hurry();
    assert.equal(world.lines.length, 1, String(code));
  }
});

test("an overloaded server (1013) is tried again", () => {
  const { world } = connected();
  world.line.fall(1013);
  world.pass(2_000);
  assert.equal(world.lines.length, 2);
});

test("losing the network is noticed at once and its return does not wait", () => {
  const { world, socket, ear } = connected();
  const first = world.line;
  socket.offline();
  assert.equal(first.closed, true);
  assert.deepEqual(ear.states, ["open", "lost"]);
  socket.hurry();
  assert.equal(world.lines.length, 2);
  world.pass(60_000);
  assert.equal(world.lines.length, 2); // the timer of the pending try went with it
});

test("a server that beat and fell silent is left after 40 s; one that never beats is trusted", () => {
  const beating = connected();
  beating.world.line.say({ type: "beat" });
  beating.world.pass(SILENCE_MS - 1);
  assert.equal(beating.socket.lostSince, null);
  beating.world.line.say(event(41));
  beating.world.pass(SILENCE_MS - 1);
  assert.equal(beating.socket.lostSince, null);
  beating.world.pass(1);
  assert.notEqual(beating.socket.lostSince, null);
  const quiet = connected();
  quiet.world.pass(10 * SILENCE_MS);
  assert.equal(quiet.socket.lostSince, null);
});

test("the last region to leave closes the connection", () => {
  const { world, stop } = connected();
  stop();
  world.pass(0);
  assert.equal(world.line.closed, true);
  world.pass(120_000);
  assert.equal(world.lines.length, 1);
});

test("frames that are not of the protocol are nothing", () => {
  const bad = ["", "nonsense", "null", "[]", "{}", '{"type":"event","seq":"1","topic":"me"}', '{"type":"event","seq":1.5,"topic":"me"}', '{"type":"hello","seq":1}', '{"type":"resync"}'];
  assert.deepEqual(bad.map(parse), bad.map(() => null));
  assert.deepEqual(parse('{"type":"resync","topic":"me"}'), { type: "resync", topic: "me" });
});
