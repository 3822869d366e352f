/** What this phone knows and has still to send: kept on it, exchanged with the server whenever there is one. */

import { Known, type Snapshot } from "./snapshot";
import * as store from "./store";
import type { SeenScan } from "./store";
import { Away, Server, Withdrawn, type Flag } from "./sync";

const WHOLE_EVERY_MS = 30 * 60_000;
const KEEP_SEEN_MS = 20 * 3_600_000;

/** Who is told what an exchange brought. */
export interface Told {
  /** Online or not, or how much waits: the heading says so. */
  changed(): void;
  /** Fresh data stand in `known`. */
  learnt(): Promise<void>;
  said(text: string): void;
  /** Badges seen at two doors, each told once. */
  flagged(flags: readonly Flag[]): void;
  withdrawn(): void;
}

export class Exchange {
  known: Known | null = null;
  own: SeenScan[] = [];
  online = navigator.onLine;
  unsent = 0;
  withdrawn = false;
  private wholeAt = 0;
  private readonly flagged = new Set<string>();

  private constructor(
    readonly server: Server,
    private readonly told: Told,
  ) {}

  /** With what the phone kept, the same way with and without a network; null while it is not enrolled. */
  static async kept(lang: string, told: Told): Promise<Exchange | null> {
    const token = await store.read<string>("token");
    if (!token) return null;
    const made = new Exchange(new Server(token, lang), told);
    made.server.offset = (await store.read<number | null>("offset")) ?? null;
    const snapshot = await store.read<Snapshot>("snapshot");
    if (snapshot) made.known = new Known(snapshot);
    made.own = await store.seenScans();
    await made.recount();
    return made;
  }

  /** Send what waits, then learn what is new; a failure only means offline. */
  async run(): Promise<void> {
    if (this.withdrawn) return;
    try {
      await this.sendWalkIns();
      await this.server.send(
        (flags) => this.flag(flags),
        (refused) => this.told.said([...new Set(refused.map((each) => each.reason_explanation))].join(" ")),
      );
      await this.learn();
      this.setOnline(true);
    } catch (error) {
      this.failed(error);
    } finally {
      await this.recount();
    }
  }

  /** A withdrawn phone stops, a silent server means offline; anything else is a fault of ours. */
  failed(error: unknown): void {
    if (error instanceof Withdrawn) {
      this.withdrawn = true;
      this.told.withdrawn();
    } else if (error instanceof Away) this.setOnline(false);
    else throw error;
  }

  setOnline(online: boolean): void {
    this.online = online;
    this.told.changed();
  }

  async recount(): Promise<void> {
    const { scans, undos } = await store.pending();
    const before = this.unsent;
    this.unsent = scans.length + undos.length + (await store.walkIns()).length;
    if (before !== this.unsent) this.told.changed();
  }

  /** How far this phone's clock is off, in whole minutes. */
  get minutesOff(): number {
    return Math.round(Math.abs(this.server.offset ?? 0) / 60_000);
  }

  private async learn(): Promise<void> {
    const whole = !this.known || Date.now() - this.wholeAt > WHOLE_EVERY_MS;
    const snapshot = await this.server.snapshot(whole ? undefined : this.known!.snapshot);
    if (whole) this.wholeAt = Date.now();
    await store.write("snapshot", snapshot);
    await store.write("offset", this.server.offset);
    await store.forgetBefore(this.server.now() - KEEP_SEEN_MS);
    this.own = await store.seenScans();
    this.known = new Known(snapshot);
    await this.told.learnt();
  }

  /** Visitors written down offline; one the server cannot take is said, and kept there as evidence without a name. */
  private async sendWalkIns(): Promise<void> {
    for (const walkIn of await store.walkIns()) {
      const answer = await this.server.walkIn(walkIn);
      await store.forgetWalkIn(walkIn.nonce);
      if (typeof answer === "string") this.told.said(`${walkIn.name} : ${answer}`);
    }
  }

  private flag(flags: readonly Flag[]): void {
    const fresh = flags.filter((flag) => !this.flagged.has(flag.nonce));
    for (const flag of fresh) this.flagged.add(flag.nonce);
    if (fresh.length) this.told.flagged(fresh);
  }
}
