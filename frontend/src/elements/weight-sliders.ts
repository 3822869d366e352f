// <weight-sliders src="/studio/weights.json">: number fields become sliders; what their values mean is said while they move.
// Without script the numbers stay numbers and a button asks for the same words.

import { make } from "../lib/dom.ts";

const PATIENCE_MS = 150;
type Words = { meanings: Record<string, string>; examples: string[] };

export class WeightSliders extends HTMLElement {
  #timer = 0;
  #asked = new AbortController();

  connectedCallback(): void {
    for (const input of this.#inputs()) this.#slide(input);
    this.querySelector<HTMLElement>(".without-script")?.setAttribute("hidden", "");
    this.querySelector(".examples")?.setAttribute("aria-live", "polite");
    this.addEventListener("input", this.#onInput);
  }

  disconnectedCallback(): void {
    this.removeEventListener("input", this.#onInput);
    window.clearTimeout(this.#timer);
    this.#asked.abort();
  }

  #inputs(): HTMLInputElement[] {
    return [...this.querySelectorAll<HTMLInputElement>('input[name^="w_"]')];
  }

  #slide(input: HTMLInputElement): void {
    if (input.type === "range") return;
    const value = input.value;
    input.step = input.dataset["step"] ?? "1";
    input.type = "range";
    input.value = value;
    input.classList.remove("input");
    input.before(make("output", { for: input.id }, input.value));
  }

  readonly #onInput = (moved: Event): void => {
    const input = moved.target as HTMLInputElement;
    const shown = input.previousElementSibling;
    if (shown instanceof HTMLOutputElement) shown.value = input.value;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#say(), PATIENCE_MS);
  };

  async #say(): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const values = this.#inputs().map((input) => input.value).join(".");
    try {
      const answer = await fetch(`${this.getAttribute("src") ?? ""}?w=${values}`, { credentials: "same-origin", signal: this.#asked.signal });
      if (answer.ok) this.#write((await answer.json()) as Words);
    } catch {
      // without network the sliders still move; the words follow with the next move
    }
  }

  #write(words: Words): void {
    for (const input of this.#inputs()) {
      const said = words.meanings[input.name.slice(2)];
      const place = this.querySelector(`#d-${input.name.slice(2)}`);
      if (place && said) place.textContent = said;
    }
    this.querySelector(".examples")?.replaceChildren(...words.examples.map((text) => make("li", {}, text)));
  }
}
