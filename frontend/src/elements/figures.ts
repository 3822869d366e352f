// The figures of a live region, fetched alone: a few bytes at once, the whole region later.
//
// <live-region figures="/control/figures" figure-kinds="check_in"> … <b data-figure="inside">471</b>

import { getText } from "../lib/http.ts";
import { rest } from "../lib/time.ts";

const PAUSE_MS = 60; // between two fetches: ten looks a second at most, with the time a fetch takes

export class Figures {
  #latest: Readonly<Record<string, string>> = {};
  #begun = 0; // when the fetch of the latest figures began
  #resting = false; // from the start of a fetch until a pause after it
  #again = false;

  constructor(
    readonly region: HTMLElement,
    readonly address: string,
    readonly kinds: ReadonlySet<string>,
  ) {}

  /** Fetch now, or as soon as the last fetch has rested. A failure is left to the region, which fetches everything soon. */
  async ask(): Promise<void> {
    this.#again = this.#resting;
    if (this.#resting || document.visibilityState === "hidden") return;
    this.#resting = true;
    const begun = Date.now();
    try {
      this.#latest = JSON.parse(await getText(this.address)) as Record<string, string>;
      this.#begun = begun;
      this.#show();
    } catch {
      this.#again = false;
    }
    window.setTimeout(() => {
      this.#resting = false;
      if (this.#again && this.region.isConnected) void this.ask();
    }, PAUSE_MS + 1000 * rest(Date.now() - begun));
  }

  /** The region was drawn anew from an answer asked for at *asked*: newer figures stay. */
  drawn(asked: number): void {
    if (this.#begun > asked) this.#show();
  }

  #show(): void {
    for (const place of this.region.querySelectorAll<HTMLElement>("[data-figure]")) {
      const text = this.#latest[place.dataset["figure"] ?? ""];
      if (text !== undefined && place.textContent !== text) place.textContent = text;
    }
  }
}
