// <local-time until><time datetime="2028-11-16T09:40:00Z">10:40</time></local-time>
// The page shows campus time. `until` counts down in words; otherwise a reader elsewhere in the world is told their own time too.

import { clockTime, relative } from "../lib/time.ts";

export class LocalTime extends HTMLElement {
  #timer = 0;

  connectedCallback(): void {
    const time = this.querySelector("time");
    const moment = new Date(time?.dateTime ?? "");
    if (!time || Number.isNaN(moment.getTime())) return;
    if (this.hasAttribute("until")) {
      this.#countDown(time, moment);
      this.#timer = window.setInterval(() => this.#countDown(time, moment), 15_000);
    } else {
      this.#elsewhere(time, moment);
    }
  }

  disconnectedCallback(): void {
    window.clearInterval(this.#timer);
  }

  #countDown(time: HTMLTimeElement, moment: Date): void {
    const text = relative(moment.getTime() - Date.now(), document.documentElement.lang);
    if (time.textContent !== text) time.textContent = text;
  }

  #elsewhere(time: HTMLTimeElement, moment: Date): void {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const here = clockTime(moment, zone);
    const there = clockTime(moment, this.getAttribute("zone") ?? "Europe/Paris");
    if (here !== there) time.title = `${here} (${zone})`;
  }
}
