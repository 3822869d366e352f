/** The door's life: enrol, scan, answer, undo, send; the screen is drawn anew at each step and always comes back to ready. */

import type { Way } from "./admission";
import { Camera, type Fault } from "./camera";
import { spaced } from "./codes";
import { button, h } from "./dom";
import { newNonce, register, scan, type Context, type Result } from "./scanner";
import { signal, unlockSound } from "./signal";
import { clockOf, Known, type Gate, type Snapshot } from "./snapshot";
import * as store from "./store";
import type { SeenScan } from "./store";
import { Away, enrol, Server, Withdrawn, type Flag, type Found } from "./sync";
import * as views from "./views";
import { listenForScanner } from "./wedge";

const READY_AFTER_MS = { ok: 2500, other: 12_000 };
const SYNC_EVERY_MS = 15_000;
const WHOLE_EVERY_MS = 30 * 60_000;

class Door {
  private readonly root = document.getElementById("door")!;
  private readonly w = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="door-words"]')!.content) as views.Words;
  private readonly lang = document.documentElement.lang;
  private readonly video = h("video", { muted: true, playsinline: true });
  private readonly camera = new Camera(this.video, (text) => void this.onCode(text));
  private server: Server | null = null;
  private known: Known | null = null;
  private gate: Gate | null = null;
  private staff = "";
  private way: Way = "entry";
  private own: SeenScan[] = [];
  private online = navigator.onLine;
  private unsent = 0;
  private last: Result | null = null;
  private fault: Fault | "" = "";
  private alert = "";
  private busy = false;
  private backTimer = 0;
  private wholeAt = 0;
  private withdrawn = false;
  private readonly flagged = new Set<string>();

  async begin(): Promise<void> {
    document.addEventListener("pointerdown", unlockSound, { once: true });
    window.addEventListener("online", () => void this.exchange());
    window.addEventListener("offline", () => this.setOnline(false));
    document.addEventListener("visibilitychange", () => void (document.hidden ? undefined : this.exchange()));
    listenForScanner((text) => void this.onCode(text));
    void store.persist();
    void keepFiles();
    const code = /[#&]enrol=([\w-]+)/.exec(location.hash)?.[1];
    if (code) {
      history.replaceState(null, "", location.pathname);
      await this.enrolWith(code);
      return;
    }
    await this.resume();
  }

  /** With what the phone kept: it opens the same way with and without a network. */
  private async resume(): Promise<void> {
    const token = await store.read<string>("token");
    if (!token) return this.showEnrol("");
    this.server = new Server(token, this.lang);
    this.server.offset = (await store.read<number | null>("offset")) ?? null;
    const snapshot = await store.read<Snapshot>("snapshot");
    this.own = await store.seenScans();
    this.staff = (await store.read<string>("staff")) ?? "";
    if (snapshot) await this.take(snapshot);
    await this.recount();
    window.setInterval(() => void this.exchange(), SYNC_EVERY_MS);
    if (!snapshot) await this.exchange();
    else void this.exchange();
    if (this.withdrawn) return;
    if (!this.known) return this.draw("idle", [h("h2", {}, this.w["no_data"]!), h("footer", {}, button(this.w["back"]!, () => void this.resumeAgain()))]);
    if (!this.gate) return this.showSettings();
    this.showIdle();
    await this.startCamera();
  }

  private async resumeAgain(): Promise<void> {
    await this.exchange();
    if (this.known) location.reload();
  }

  private async enrolWith(code: string): Promise<void> {
    const got = await enrol(code).catch(() => "");
    if (typeof got === "string") return this.showEnrol(got);
    await store.write("token", got.api_token);
    await store.write("snapshot", undefined);
    await this.resume();
  }

  private async take(snapshot: Snapshot): Promise<void> {
    this.known = new Known(snapshot);
    const chosen = (await store.read<string>("gate")) ?? (snapshot.gates.length === 1 ? snapshot.gates[0]!.id : "");
    this.gate = this.known.gate(chosen) ?? null;
    if (this.gate && this.gate.ways !== "both") this.way = this.gate.ways;
  }

  // --- scanning ---

  private async onCode(text: string): Promise<void> {
    const code = /[#&]enrol=([\w-]+)/.exec(text)?.[1] ?? handshake(text);
    if (!this.server) {
      if (code) await this.enrolWith(code);
      return;
    }
    if (this.busy || !this.known || !this.gate || this.withdrawn) return;
    await this.decide(text, this.way, false);
  }

  private async decide(text: string, way: Way, force: boolean): Promise<void> {
    this.busy = true;
    try {
      const result = await scan(this.context(), text, way, force, (later) => this.show(later));
      this.setOnline(!result.offline, false);
      await this.recount();
      this.show(result);
    } catch (error) {
      if (error instanceof Withdrawn) this.showWithdrawn();
      else throw error;
    } finally {
      this.busy = false; // whatever happened, the next badge can come
    }
  }

  private context(): Context {
    return { known: this.known!, gate: this.gate!, lang: this.lang, staff: this.staff, server: this.server!, own: this.own };
  }

  private show(result: Result): void {
    signal(result.look);
    this.last = result.admitted ? result : this.last;
    if (result.look === "idle") return this.showIdle(result);
    const nodes = views.answer(this.w, result, {
      zone: this.gate!.zone, profile: this.known!.snapshot.device.profile, phone: this.gate!.phone,
      onUndo: () => this.showUndo(result), onForce: () => void this.decide(result.text, result.way, true),
      onSearch: () => this.showSearch(), onBack: () => this.showIdle(),
    });
    this.draw(result.look, nodes);
    this.backIn(result.look === "ok" && !result.attention && !result.code ? READY_AFTER_MS.ok : READY_AFTER_MS.other);
  }

  private backIn(ms: number): void {
    window.clearTimeout(this.backTimer);
    this.backTimer = window.setTimeout(() => this.showIdle(), ms);
  }

  private async undo(result: Result, why: string): Promise<void> {
    await store.addUndo({ nonce: newNonce(), scan: result.nonce, at: Date.now(), why, staff: this.staff });
    this.own = await store.seenScans();
    this.last = null;
    this.camera.rearm();
    this.alert = `${this.w["undone"]!} : ${result.name}`;
    await this.recount();
    this.showIdle();
    await this.exchange();
  }

  // --- the server ---

  /** Send what waits, then learn what is new; a failure only means offline. */
  private async exchange(): Promise<void> {
    if (!this.server || this.withdrawn) return;
    try {
      await this.sendWalkIns();
      await this.server.send((flags) => this.flag(flags), (refused) => {
        this.alert = [...new Set(refused.map((each) => each.reason_explanation))].join(" ");
      });
      const whole = !this.known || Date.now() - this.wholeAt > WHOLE_EVERY_MS;
      const snapshot = await this.server.snapshot(whole ? undefined : this.known!.snapshot);
      if (whole) this.wholeAt = Date.now();
      await store.write("snapshot", snapshot);
      await store.write("offset", this.server.offset);
      await store.forgetBefore(this.server.now() - 20 * 3_600_000);
      this.own = await store.seenScans();
      await this.take(snapshot);
      this.tellClock();
      this.setOnline(true);
    } catch (error) {
      if (error instanceof Withdrawn) return this.showWithdrawn();
      if (!(error instanceof Away)) throw error;
      this.setOnline(false);
    } finally {
      await this.recount();
    }
  }

  /** Visitors written down offline; one the server cannot take is said, and kept there as evidence without a name. */
  private async sendWalkIns(): Promise<void> {
    for (const walkIn of await store.walkIns()) {
      const answer = await this.server!.walkIn(walkIn);
      await store.forgetWalkIn(walkIn.nonce);
      if (typeof answer === "string") this.alert = `${walkIn.name} : ${answer}`;
    }
  }

  private flag(flags: Flag[]): void {
    for (const flag of flags) {
      if (this.flagged.has(flag.nonce)) continue;
      this.flagged.add(flag.nonce);
      const zone = this.gate?.zone ?? "Europe/Paris";
      const facts = { time: clockOf(flag.at, zone), other: clockOf(flag.other_at, zone), campus: flag.campus, gate: flag.gate };
      this.alert = `${this.w["double"]!}. ${views.fill(this.w["double_facts"]!, facts)}`;
      signal("seen");
    }
  }

  private tellClock(): void {
    const minutes = Math.round(Math.abs(this.server?.offset ?? 0) / 60_000);
    if (minutes >= 2) this.alert = views.fill(this.w["clock"]!, { minutes: `${minutes} min` });
  }

  private async recount(): Promise<void> {
    const { scans, undos } = await store.pending();
    const before = this.unsent;
    this.unsent = scans.length + undos.length + (await store.walkIns()).length;
    if (before !== this.unsent) this.redrawHeading();
  }

  private setOnline(online: boolean, redraw = true): void {
    this.online = online;
    if (redraw) this.redrawHeading();
  }

  // --- screens ---

  private status(): views.Status {
    return { online: this.online, unsent: this.unsent, dataAt: this.known?.snapshot.at ?? 0, alert: this.alert };
  }

  private draw(look: string, nodes: Node[]): void {
    window.clearTimeout(this.backTimer);
    this.root.className = `door door-${look}${this.online ? "" : " is-off"}`;
    const heading = h("div", { class: "door-heading" }, ...views.heading(this.w, this.gate, this.status(), () => this.showSettings()));
    this.root.replaceChildren(heading, ...nodes);
    this.camera.paused = false;
  }

  private redrawHeading(): void {
    const heading = this.root.querySelector(".door-heading");
    heading?.replaceChildren(...views.heading(this.w, this.gate, this.status(), () => this.showSettings()));
    this.root.classList.toggle("is-off", !this.online);
  }

  private showIdle(bad: Result | null = null): void {
    if (!this.gate || !this.known) return this.showSettings();
    const nodes = views.idle(this.w, {
      gate: this.gate, way: this.way, video: this.video, bad, fault: this.fault, supervisor: this.known.snapshot.device.profile === "supervisor",
      inside: this.known.inside(this.gate.campus, this.own), estimate: !this.online, canUndo: this.last !== null,
      onType: () => this.showTyping(), onSearch: () => this.showSearch(), onWalkIn: () => this.showWalkIn(), onCamera: () => void this.startCamera(),
      onUndo: () => this.last && this.showUndo(this.last),
      onWay: (way) => {
        this.way = way;
        this.camera.rearm();
        this.showIdle();
      },
    });
    this.draw("idle", nodes);
    void this.video.play().catch(() => undefined);
    if (bad) this.backIn(READY_AFTER_MS.other);
    else if (this.alert) this.backIn(READY_AFTER_MS.other);
    this.alert = bad ? this.alert : "";
  }

  private showWalkIn(note = "", values: Record<string, string> = {}): void {
    const onGo = async (given: { name: string; email: string; language: string; adult: boolean }): Promise<void> => {
      if (this.busy) return;
      this.busy = true;
      try {
        const result = await register(this.context(), given);
        await this.recount();
        if (typeof result === "string") this.showWalkIn(result, { name: given.name, email: given.email });
        else this.show(result);
      } catch (error) {
        if (error instanceof Withdrawn) this.showWithdrawn();
        else throw error;
      } finally {
        this.busy = false;
      }
    };
    this.draw("idle", views.walkIn(this.w, { lang: this.lang, note, values, onGo: (given) => void onGo(given), onBack: () => this.showIdle() }));
    this.camera.paused = true;
  }

  private showTyping(): void {
    const onGo = (text: string): void => void this.decide(text, this.way, false);
    this.draw("idle", views.typing(this.w, { title: this.w["type"]!, label: this.w["type"]!, hint: this.w["type_hint"]!, go: this.w["check"]!, onGo, onBack: () => this.showIdle() }));
  }

  private showSearch(found: Found[] | null = null, note = ""): void {
    const list = h("div", { class: "found", role: "status" }, note ? h("p", { class: "do" }, note) : null);
    for (const each of found ?? []) {
      const more = h("small", {}, `${this.w[`role_${each.item}`] ?? each.item} · ${spaced(each.code)}`);
      list.append(h("button", { type: "button", class: "btn", click: () => void this.decide(each.code, this.way, false) }, h("span", { dir: "auto" }, each.attendee_name), " ", more));
    }
    const onGo = async (text: string): Promise<void> => {
      try {
        const people = await this.server!.search(text);
        this.showSearch(people, people.length ? "" : this.w["search_none"]!);
      } catch {
        this.showSearch(null, this.w["search_offline"]!);
      }
    };
    const words = { title: this.w["search"]!, label: this.w["search"]!, hint: this.w["search_hint"]!, go: this.w["search"]! };
    this.draw("idle", views.typing(this.w, { ...words, mode: "words", results: list, onGo: (text) => void onGo(text), onBack: () => this.showIdle() }));
  }

  private showUndo(result: Result): void {
    this.draw("idle", views.undoing(this.w, result, { zone: this.gate!.zone, now: this.server!.now(), onUndo: (why) => void this.undo(result, why), onBack: () => this.showIdle() }));
    this.camera.paused = true;
  }

  private showSettings(): void {
    if (!this.known) return;
    const onSave = async (gate: string, staff: string): Promise<void> => {
      await store.write("gate", gate);
      await store.write("staff", staff);
      this.staff = staff;
      await this.take(this.known!.snapshot);
      this.showIdle();
      await this.startCamera();
    };
    this.draw("idle", views.settings(this.w, {
      gates: this.known.snapshot.gates, gate: this.gate, staff: this.staff, unsent: this.unsent,
      onSave: (gate, staff) => void onSave(gate, staff), onExport: () => void exportQueue(), onBack: () => this.showIdle(),
    }));
  }

  private showEnrol(note: string): void {
    const onGo = (text: string): void => void this.enrolWith(/[#&]enrol=([\w-]+)/.exec(text)?.[1] ?? handshake(text) ?? text);
    const words = { title: this.w["enrol"]!, label: this.w["enrol_typed"]!, lead: this.w["enrol_do"]!, hint: note, go: this.w["enrol_go"]! };
    this.draw("idle", [h("div", { class: "cam" }, this.video), ...views.typing(this.w, { ...words, mode: "off", onGo })]);
    void this.startCamera();
  }

  private showWithdrawn(): void {
    this.withdrawn = true;
    this.camera.stop();
    const out = this.unsent ? button(this.w["export"]!, () => void exportQueue(), { icon: "download", large: true }) : null;
    this.draw("stop", [h("div", { role: "alert" }, h("h2", {}, this.w["withdrawn"]!), h("p", { class: "do" }, this.w["withdrawn_do"]!)), h("footer", {}, out)]);
  }

  private async startCamera(): Promise<void> {
    this.camera.stop();
    const fault = (await this.camera.start()) ?? "";
    if (fault === this.fault) return;
    this.fault = fault;
    if (this.root.classList.contains("door-idle") && this.gate) this.showIdle();
  }
}

/** pretix's enrolment code, for whoever shows one. */
function handshake(text: string): string | null {
  try {
    const given = JSON.parse(text) as { handshake_version?: number; token?: string };
    return given.handshake_version === 1 && typeof given.token === "string" ? given.token : null;
  } catch {
    return null;
  }
}

/** The last resort of a phone that can no longer send: the queue as a file. */
async function exportQueue(): Promise<void> {
  const blob = new Blob([JSON.stringify({ exported: Date.now(), ...(await store.pending()) })], { type: "application/json" });
  const link = h("a", { href: URL.createObjectURL(blob), download: "forum-door.json" });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Every file of this page goes through the service worker once, so that the next opening needs no network. */
async function keepFiles(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.ready;
  for (const entry of performance.getEntriesByType("resource")) {
    if (new URL(entry.name).pathname.startsWith("/static/")) await fetch(entry.name).catch(() => undefined);
  }
}

void new Door().begin();
