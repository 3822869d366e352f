// <sortable-list><ol class="sortable"><li data-name="…"><input type="hidden" name="order" value="…">…</li></ol></sortable-list>
// Order a list by dragging its grips or with the keyboard: space lifts, arrows move, space puts down, escape gives up.
// The order is posted with the form around it after each move; up and down buttons of the page do the same without script.
// Words: lifted, moved, dropped ("{name}, place {place} of {count}"), grip ("Move {name}"). Speaks by `reordered`.

import { announce, fill, make } from "../lib/dom.ts";
import { sendForm } from "../lib/http.ts";

export class SortableList extends HTMLElement {
  #lifted: HTMLElement | null = null;
  #before: HTMLElement[] = [];

  connectedCallback(): void {
    for (const row of this.#rows()) if (!row.querySelector(".grip")) row.prepend(this.#grip(row));
    this.addEventListener("click", this.#onClick);
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#onClick);
  }

  #rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".sortable > li")];
  }

  #grip(row: HTMLElement): HTMLButtonElement {
    const grip = make("button", { type: "button", class: "grip", "aria-pressed": "false", "aria-label": this.#say("grip", row) });
    grip.innerHTML = '<svg class="ico" viewBox="0 0 24 24" aria-hidden="true"><path d="M9 6h.1M15 6h.1M9 12h.1M15 12h.1M9 18h.1M15 18h.1"/></svg>';
    grip.addEventListener("keydown", (press) => this.#onKey(press, row));
    grip.addEventListener("blur", () => this.#lifted === row && !this.#moving && this.#drop());
    grip.addEventListener("pointerdown", (press) => this.#drag(press, grip, row));
    return grip;
  }

  #moving = false;

  #onKey(press: KeyboardEvent, row: HTMLElement): void {
    const step = { ArrowUp: -1, ArrowDown: 1 }[press.key];
    if (press.key === " " || press.key === "Enter") this.#lifted ? this.#drop() : this.#lift(row);
    else if (press.key === "Escape" && this.#lifted) this.#giveUp();
    else if (step && this.#lifted === row) this.#move(row, step);
    else return;
    press.preventDefault();
  }

  #lift(row: HTMLElement): void {
    this.#lifted = row;
    this.#before = this.#rows();
    this.#mark(row, true);
    announce(this.#say("lifted", row));
  }

  #drop(): void {
    const row = this.#lifted;
    if (!row) return;
    this.#lifted = null;
    this.#mark(row, false);
    announce(this.#say("dropped", row));
    if (this.#rows().some((now, i) => now !== this.#before[i])) void this.#save();
  }

  #giveUp(): void {
    const row = this.#lifted;
    this.#restore();
    this.#lifted = null;
    if (!row) return;
    this.#mark(row, false);
    announce(this.#say("dropped", row));
  }

  #restore(): void {
    const focused = document.activeElement;
    this.#moving = true;
    this.#before[0]?.parentElement?.append(...this.#before);
    if (focused instanceof HTMLElement && this.contains(focused)) focused.focus();
    this.#moving = false;
    this.#edges();
  }

  #move(row: HTMLElement, step: number): void {
    const rows = this.#rows();
    const other = rows[rows.indexOf(row) + step];
    if (!other) return;
    step < 0 ? row.after(other) : row.before(other); // the neighbour moves: a moved row would lose focus and pointer
    this.#edges();
    announce(this.#say("moved", row));
  }

  #drag(press: PointerEvent, grip: HTMLElement, row: HTMLElement): void {
    if (press.button !== 0) return;
    press.preventDefault(); // no text selection
    grip.focus();
    grip.setPointerCapture(press.pointerId);
    this.#lift(row);
    const follow = (move: PointerEvent): void => {
      const over = this.#rows().find((other) => {
        const box = other.getBoundingClientRect();
        return other !== row && move.clientY > box.top + box.height * 0.3 && move.clientY < box.bottom - box.height * 0.3;
      });
      if (over) this.#move(row, Math.sign(this.#rows().indexOf(over) - this.#rows().indexOf(row)));
    };
    const end = (up: PointerEvent): void => {
      grip.removeEventListener("pointermove", follow);
      up.type === "pointercancel" ? this.#giveUp() : this.#drop();
    };
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("pointerup", end, { once: true });
    grip.addEventListener("pointercancel", end, { once: true });
  }

  readonly #onClick = (click: MouseEvent): void => {
    const button = (click.target as Element).closest<HTMLButtonElement>('button[name="up"], button[name="down"]');
    const row = button?.closest<HTMLElement>("li");
    if (!button || !row) return;
    click.preventDefault();
    this.#before = this.#rows();
    this.#move(row, button.name === "up" ? -1 : 1);
    button.focus();
    void this.#save();
  };

  async #save(): Promise<void> {
    this.dispatchEvent(new CustomEvent("reordered", { bubbles: true }));
    const form = this.closest("form");
    if (!form) return;
    try {
      await sendForm(form, new FormData(form));
    } catch {
      this.#restore();
      form.submit(); // let the page say what is wrong
    }
  }

  #edges(): void {
    const rows = this.#rows();
    rows.forEach((row, i) => {
      const [up, down] = [row.querySelector<HTMLButtonElement>('[name="up"]'), row.querySelector<HTMLButtonElement>('[name="down"]')];
      if (up) up.disabled = i === 0;
      if (down) down.disabled = i === rows.length - 1;
    });
  }

  #mark(row: HTMLElement, lifted: boolean): void {
    row.classList.toggle("is-lifted", lifted);
    row.querySelector(".grip")?.setAttribute("aria-pressed", String(lifted));
  }

  #say(sentence: string, row: HTMLElement): string {
    const rows = this.#rows();
    return fill(this.getAttribute(sentence) ?? "{name}", { name: row.dataset["name"] ?? "", place: rows.indexOf(row) + 1, count: rows.length });
  }
}
