/** The door's life: enrol, scan, answer, undo, send; the screen is drawn anew at each step and always comes back to ready. */

import type { Way } from "./admission";
import { Camera, type Fault } from "./camera";
import { button, h } from "./dom";
import { enrolmentCode, exportQueue, keepFiles } from "./enrolment";
import { Exchange, type Told } from "./exchange";
import { newNonce, register, scan, type Context, type Result } from "./scanner";
import { signal, unlockSound } from "./signal";
import { clockOf, type Gate, type Known } from "./snapshot";
import * as store from "./store";
import { enrol, Withdrawn, type Flag, type Found } from "./sync";
import * as views from "./views";
import { listenForScanner } from "./wedge";

const READY_AFTER_MS = { ok: 2500, other: 12_000 };
const SYNC_EVERY_MS = 15_000;

class Door implements Told {
  private readonly root = document.getElementById("door")!;
  private readonly w = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="door-words"]')!.content) as views.Words;
  private readonly lang = document.documentElement.lang;
  private readonly video = h("video", { muted: true, playsinline: true });
  private readonly camera = new Camera(this.video, (text) => void this.onCode(text));
  private exchange: Exchange | null = null;
  private gate: Gate | null = null;
  private staff = "";
  private way: Way = "entry";
  private last: Result | null = null;
  private fault: Fault | "" = "";
  private alert = "";
  private busy = false;
  private backTimer = 0;

  async begin(): Promise<void> {
    document.addEventListener("pointerdown", unlockSound, { once: true });
    window.addEventListener("online", () => void this.exchange?.run());
    window.addEventListener("offline", () => this.exchange?.setOnline(false));
    document.addEventListener("visibilitychange", () => void (document.hidden ? undefined : this.exchange?.run()));
    listenForScanner((text) => void this.onCode(text));
    void store.persist();
    void keepFiles();
    const code = enrolmentCode(location.hash);
    if (code) {
      history.replaceState(null, "", location.pathname);
      await this.enrolWith(code);
      return;
    }
    await this.resume();
  }

  /** With what the phone kept: it opens the same way with and without a network. */
  private async resume(): Promise<void> {
    const exchange = await Exchange.kept(this.lang, this);
    if (!exchange) return this.showEnrol("");
    this.exchange = exchange;
    this.staff = (await store.read<string>("staff")) ?? "";
    if (exchange.known) await this.chooseGate(exchange.known);
    window.setInterval(() => void exchange.run(), SYNC_EVERY_MS);
    if (exchange.known) void exchange.run();
    else await exchange.run();
    if (exchange.withdrawn) return;
    if (!this.known) return this.draw("idle", [h("h2", {}, this.w["no_data"]!), h("footer", {}, button(this.w["back"]!, () => void this.resumeAgain()))]);
    if (!this.gate) return this.showSettings();
    this.showIdle();
    await this.startCamera();
  }

  private async resumeAgain(): Promise<void> {
    await this.exchange?.run();
    if (this.known) location.reload();
  }

  private async enrolWith(code: string): Promise<void> {
    const got = await enrol(code).catch(() => "");
    if (typeof got === "string") return this.showEnrol(got);
    await store.write("token", got.api_token);
    await store.write("snapshot", undefined);
    await this.resume();
  }

  private async chooseGate(known: Known): Promise<void> {
    const { gates } = known.snapshot;
    const chosen = (await store.read<string>("gate")) ?? (gates.length === 1 ? gates[0]!.id : "");
    this.gate = known.gate(chosen) ?? null;
    if (this.gate && this.gate.ways !== "both") this.way = this.gate.ways;
  }

  private get known(): Known | null {
    return this.exchange?.known ?? null;
  }

  private get online(): boolean {
    return this.exchange?.online ?? navigator.onLine;
  }

  // --- scanning ---

  private async onCode(text: string): Promise<void> {
    if (!this.exchange) {
      const code = enrolmentCode(text);
      if (code) await this.enrolWith(code);
      return;
    }
    if (this.busy || !this.known || !this.gate || this.exchange.withdrawn) return;
    await this.decide(text, this.way, false);
  }

  private async decide(text: string, way: Way, force: boolean): Promise<void> {
    await this.alone(async (exchange) => {
      const result = await scan(this.context(exchange), text, way, force, (later) => this.show(later));
      exchange.online = !result.offline; // drawn with the answer
      await exchange.recount();
      this.show(result);
    });
  }

  /** One thing at a time; whatever happened, the next badge can come. */
  private async alone(what: (exchange: Exchange) => Promise<void>): Promise<void> {
    if (!this.exchange) return;
    this.busy = true;
    try {
      await what(this.exchange);
    } catch (error) {
      if (!(error instanceof Withdrawn)) throw error;
      this.exchange.failed(error);
    } finally {
      this.busy = false;
    }
  }

  private context(exchange: Exchange): Context {
    return { known: exchange.known!, gate: this.gate!, lang: this.lang, staff: this.staff, server: exchange.server, own: exchange.own };
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
    const exchange = this.exchange!;
    await store.addUndo({ nonce: newNonce(), scan: result.nonce, at: Date.now(), why, staff: this.staff });
    exchange.own = await store.seenScans();
    this.last = null;
    this.camera.rearm();
    this.alert = `${this.w["undone"]!} : ${result.name}`;
    await exchange.recount();
    this.showIdle();
    await exchange.run();
  }

  // --- what an exchange brought ---

  changed(): void {
    this.redrawHeading();
  }

  async learnt(): Promise<void> {
    const before = this.passing();
    await this.chooseGate(this.known!);
    const minutes = this.exchange!.minutesOff;
    if (minutes >= 2) this.alert = views.fill(this.w["clock"]!, { minutes: `${minutes} min` });
    if (before && before !== this.passing()) this.turned();
  }

  private passing(): string {
    return this.gate ? `${this.gate.suspended} ${this.gate.evacuating === true}` : "";
  }

  /** Scanning stopped, or goes on: said at once, whatever stands on the screen. */
  private turned(): void {
    if (this.busy) return this.backIn(0);
    signal(this.gate!.suspended ? "stop" : "ok");
    this.showIdle();
  }

  said(text: string): void {
    this.alert = text;
  }

  flagged(flags: readonly Flag[]): void {
    const zone = this.gate?.zone ?? "Europe/Paris";
    for (const flag of flags) {
      const facts = { time: clockOf(flag.at, zone), other: clockOf(flag.other_at, zone), campus: flag.campus, gate: flag.gate };
      this.alert = `${this.w["double"]!}. ${views.fill(this.w["double_facts"]!, facts)}`;
      signal("seen");
    }
  }

  withdrawn(): void {
    this.camera.stop();
    this.draw("stop", views.withdrawn(this.w, this.exchange!.unsent, () => void exportQueue()));
  }

  // --- screens ---

  private status(): views.Status {
    return { online: this.online, unsent: this.exchange?.unsent ?? 0, dataAt: this.known?.snapshot.at ?? 0, alert: this.alert };
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

  /** Why nobody enters, and what to do about it; null while people may. */
  private shut(): [string, string] | null {
    if (this.gate!.evacuating) return [this.w["evacuation"]!, this.w["evacuation_do"]!];
    return this.gate!.suspended ? (this.known!.snapshot.sentences[this.lang]?.details["suspended"] ?? null) : null;
  }

  private showIdle(bad: Result | null = null): void {
    if (!this.gate || !this.known) return this.showSettings();
    const nodes = views.idle(this.w, {
      gate: this.gate, way: this.way, shut: this.shut(), video: this.video, bad, fault: this.fault, supervisor: this.known.snapshot.device.profile === "supervisor",
      inside: this.known.inside(this.gate.campus, this.exchange!.own), estimate: !this.online, canUndo: this.last !== null,
      onType: () => this.showTyping(), onSearch: () => this.showSearch(), onWalkIn: () => this.showWalkIn(), onCamera: () => void this.startCamera(),
      onUndo: () => this.last && this.showUndo(this.last),
      onWay: (way) => {
        this.way = way;
        this.camera.rearm();
        this.showIdle();
      },
    });
    this.draw(this.gate.evacuating ? "idle door-evacuation" : "idle", nodes);
    void this.video.play().catch(() => undefined);
    if (bad) this.backIn(READY_AFTER_MS.other);
    else if (this.alert) this.backIn(READY_AFTER_MS.other);
    this.alert = bad ? this.alert : "";
  }

  private showWalkIn(note = "", values: Record<string, string> = {}): void {
    const onGo = (given: { name: string; email: string; language: string; adult: boolean }): Promise<void> =>
      this.alone(async (exchange) => {
        const result = await register(this.context(exchange), given);
        await exchange.recount();
        if (typeof result === "string") this.showWalkIn(result, { name: given.name, email: given.email });
        else this.show(result);
      });
    this.draw("idle", views.walkIn(this.w, { lang: this.lang, note, values, onGo: (given) => void (this.busy || onGo(given)), onBack: () => this.showIdle() }));
    this.camera.paused = true;
  }

  private showTyping(): void {
    const onGo = (text: string): void => void this.decide(text, this.way, false);
    this.draw("idle", views.typing(this.w, { title: this.w["type"]!, label: this.w["type"]!, hint: this.w["type_hint"]!, go: this.w["check"]!, onGo, onBack: () => this.showIdle() }));
  }

  private showSearch(found: Found[] | null = null, note = ""): void {
    const list = views.found(this.w, found ?? [], note, (code) => void this.decide(code, this.way, false));
    const onGo = async (text: string): Promise<void> => {
      try {
        const people = await this.exchange!.server.search(text);
        this.showSearch(people, people.length ? "" : this.w["search_none"]!);
      } catch {
        this.showSearch(null, this.w["search_offline"]!);
      }
    };
    const words = { title: this.w["search"]!, label: this.w["search"]!, hint: this.w["search_hint"]!, go: this.w["search"]! };
    this.draw("idle", views.typing(this.w, { ...words, mode: "words", results: list, onGo: (text) => void onGo(text), onBack: () => this.showIdle() }));
  }

  private showUndo(result: Result): void {
    this.draw("idle", views.undoing(this.w, result, { zone: this.gate!.zone, now: this.exchange!.server.now(), onUndo: (why) => void this.undo(result, why), onBack: () => this.showIdle() }));
    this.camera.paused = true;
  }

  private showSettings(): void {
    if (!this.known) return;
    const onSave = async (gate: string, staff: string): Promise<void> => {
      await store.write("gate", gate);
      await store.write("staff", staff);
      this.staff = staff;
      await this.chooseGate(this.known!);
      this.showIdle();
      await this.startCamera();
    };
    this.draw("idle", views.settings(this.w, {
      gates: this.known.snapshot.gates, gate: this.gate, staff: this.staff, unsent: this.exchange?.unsent ?? 0,
      onSave: (gate, staff) => void onSave(gate, staff), onExport: () => void exportQueue(), onBack: () => this.showIdle(),
    }));
  }

  private showEnrol(note: string): void {
    const onGo = (text: string): void => void this.enrolWith(enrolmentCode(text) ?? text);
    const words = { title: this.w["enrol"]!, label: this.w["enrol_typed"]!, lead: this.w["enrol_do"]!, hint: note, go: this.w["enrol_go"]! };
    this.draw("idle", [h("div", { class: "cam" }, this.video), ...views.typing(this.w, { ...words, mode: "off", onGo })]);
    void this.startCamera();
  }

  private async startCamera(): Promise<void> {
    this.camera.stop();
    const fault = (await this.camera.start()) ?? "";
    if (fault === this.fault) return;
    this.fault = fault;
    if (this.root.classList.contains("door-idle") && this.gate) this.showIdle();
  }
}

void new Door().begin();
