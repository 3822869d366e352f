// <live-region topics="campus.12" src="/fragment">: listens, fetches its part of the page again, says how old it is.
//
//   id       which part of the fetched page is this region (default: the whole fragment)
//   src      where to fetch it (default: this page)
//   topics   comma-separated live topics; none: only `poll`
//   spread   seconds over which a crowd spreads its fetches (default 2)
//   poll     seconds between fetches while there is no connection (default 30), or always when there are no topics
//   figures  where its `data-figure` texts come from, alone and at once, when events of `figure-kinds` come
//   follow   seconds over which all of the region follows its figures (default 5)
//   held     "{count} new": words of the button behind which new rows of a [data-hold] list wait

import { askAnew } from "../lib/anew.ts";
import { announce, fill, isBeingEdited, make, word } from "../lib/dom.ts";
import { getText, HttpError } from "../lib/http.ts";
import { patch, release } from "../lib/patch.ts";
import { type Listener, type LiveEvent, liveSocket } from "../lib/socket.ts";
import { ageState, rest, shortDuration } from "../lib/time.ts";
import { Figures } from "./figures.ts";

const CLASSES = { fresh: "", stale: "age-warn", lost: "age-bad" } as const;

export class LiveRegion extends HTMLElement implements Listener {
  #stop: (() => void)[] = [];
  #fetchTimer = 0;
  #spread = Number.POSITIVE_INFINITY; // the shortest wait asked for since the last fetch
  #figures: Figures | null = null;
  #fetched = Date.now();
  #held: readonly Element[] = [];
  #asked = 0; // when the oldest change not fetched yet was heard
  #busy = false;

  connectedCallback(): void {
    const topics = (this.getAttribute("topics") ?? "").split(",").map((topic) => topic.trim()).filter(Boolean);
    const figures = this.getAttribute("figures");
    if (figures) this.#figures = new Figures(this, figures, new Set(this.getAttribute("figure-kinds")?.split(",")));
    if (topics.length) this.#stop.push(liveSocket().listen(topics, this));
    const poll = window.setInterval(() => this.#poll(topics.length > 0), 1000 * this.#seconds("poll", 30));
    const tick = window.setInterval(() => this.#showAge(topics.length > 0), 1000);
    const seen = () => document.visibilityState === "visible" && this.#asked && this.#schedule(0);
    document.addEventListener("visibilitychange", seen);
    this.#stop.push(
      () => window.clearInterval(poll),
      () => window.clearInterval(tick),
      () => window.clearTimeout(this.#fetchTimer),
      () => document.removeEventListener("visibilitychange", seen),
    );
  }

  disconnectedCallback(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  changed(_topic: string, event?: LiveEvent): void {
    const figures = event && this.#figures?.kinds.has(event.kind) ? this.#figures : null;
    if (figures) void figures.ask();
    this.#schedule(figures ? this.#seconds("follow", 5) : this.#seconds("spread", 2));
  }

  connection(state: "open" | "lost" | "ended"): void {
    this.#showAge(true);
    if (state === "ended") askAnew();
  }

  #seconds(name: string, otherwise: number): number {
    const given = Number(this.getAttribute(name));
    return given > 0 ? given : otherwise;
  }

  #schedule(spread: number): void {
    this.#asked ||= Date.now();
    const sooner = spread < this.#spread;
    if (sooner) this.#spread = spread;
    if ((this.#fetchTimer && !sooner) || this.#busy || document.visibilityState === "hidden") return;
    window.clearTimeout(this.#fetchTimer);
    this.#fetchTimer = this.#later(Math.random() * this.#spread);
  }

  #poll(hasTopics: boolean): void {
    if (!hasTopics || liveSocket().lostSince !== null) this.#schedule(this.#seconds("spread", 2));
  }

  async #refresh(): Promise<void> {
    this.#fetchTimer = 0;
    if (isBeingEdited(this)) {
      this.#fetchTimer = this.#later(2);
      return;
    }
    const [asked, begun] = [this.#asked, Date.now()];
    this.#busy = true;
    this.#asked = 0;
    this.#spread = Number.POSITIVE_INFINITY;
    try {
      const page = new DOMParser().parseFromString(await getText(this.getAttribute("src") ?? location.href), "text/html");
      this.#show((this.id && page.getElementById(this.id)) || page.body);
      this.#figures?.drawn(begun);
      this.#fetched = begun;
      if (this.#asked && this.isConnected) this.#fetchTimer = this.#later(Math.max(this.#spread * Math.random(), rest(Date.now() - begun)));
    } catch (failure) {
      this.#asked = asked || begun;
      if (failure instanceof HttpError && [401, 403, 404].includes(failure.status)) {
        this.disconnectedCallback();
        askAnew();
      }
      else this.#fetchTimer = this.#later(this.#seconds("poll", 30) * (0.5 + Math.random()) * 0.5);
    }
    this.#busy = false;
    this.#showAge(this.hasAttribute("topics"));
  }

  #later(seconds: number): number {
    return window.setTimeout(() => void this.#refresh(), seconds * 1000);
  }

  #show(fresh: Element): void {
    this.#bar()?.remove();
    this.#held = patch(this, fresh).held;
    if (!this.#held.length) return;
    const list = this.querySelector("[data-hold]");
    const words = fill(this.getAttribute("held") ?? word(this.#held.length === 1 ? "held-one" : "held"), { count: this.#held.length });
    const button = make("button", { type: "button", class: "btn btn-s" }, words);
    button.addEventListener("click", () => {
      this.#bar()?.remove();
      if (list) release(list, this.#held);
      this.#held = [];
    });
    list?.before(make("p", { class: "held", "data-held": "" }, button));
    announce(words);
  }

  #bar(): Element | null {
    return this.querySelector("[data-held]");
  }

  #showAge(hasTopics: boolean): void {
    const now = Date.now();
    const socket = hasTopics ? liveSocket() : null;
    // While connected, what is shown is what is, but for a change that is not fetched yet; without a connection a fetch still made it so.
    const since = socket ? Math.min(Math.max(socket.goodUntil, this.#fetched), this.#asked || now) : this.#fetched;
    const state = ageState(now - since);
    const wait = socket?.nextTry ? shortDuration(socket.nextTry - now) : "";
    const sentence = state === "fresh" ? word("age-fresh") : wait ? word("age-wait") : word("age-stale");
    for (const place of this.querySelectorAll<HTMLElement>("[data-age]")) {
      const text = fill(sentence, { age: shortDuration(now - since), wait });
      if (place.textContent !== text) place.textContent = text;
      place.className = `age ${CLASSES[state]}`.trim();
    }
  }
}
