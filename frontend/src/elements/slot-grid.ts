// <slot-grid>: arrow keys in two dimensions over the radios, buttons and links inside, one tab stop for all of them.
// Home and End go to the first and last of a row, with Ctrl of the grid.

import { type Arrow, nearest } from "../lib/geometry.ts";

const CELLS = "input[type=radio]:not(:disabled), button:not(:disabled), a[href]";

export class SlotGrid extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("keydown", this.#onKey);
    this.addEventListener("focusin", this.#onFocus);
    this.#rove(this.#cells().find((cell) => cell instanceof HTMLInputElement && cell.checked) ?? this.#cells()[0]);
  }

  disconnectedCallback(): void {
    this.removeEventListener("keydown", this.#onKey);
    this.removeEventListener("focusin", this.#onFocus);
  }

  #cells(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(CELLS)];
  }

  readonly #onFocus = (focus: FocusEvent): void => this.#rove(focus.target as HTMLElement);

  readonly #onKey = (press: KeyboardEvent): void => {
    const cells = this.#cells();
    const at = cells.indexOf(press.target as HTMLElement);
    const next = at < 0 || press.altKey || press.metaKey ? undefined : this.#target(cells, at, press);
    if (!next) return;
    press.preventDefault();
    next.focus();
    if (next instanceof HTMLInputElement && next.type === "radio") {
      next.checked = true;
      next.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  #target(cells: HTMLElement[], at: number, press: KeyboardEvent): HTMLElement | undefined {
    const boxes = cells.map((cell) => (cell.closest(".slot, td, th, li") ?? cell).getBoundingClientRect());
    if (press.key === "Home" || press.key === "End") {
      const row = cells.filter((_, i) => press.ctrlKey || overlap(boxes[i], boxes[at]));
      return press.key === "Home" ? row[0] : row.at(-1);
    }
    if (!/^Arrow(Up|Down|Left|Right)$/.test(press.key)) return undefined;
    // at an edge stay: a native radio group would jump to the other end
    return cells[nearest(boxes, at, press.key as Arrow)] ?? cells[at];
  }

  #rove(to: HTMLElement | undefined): void {
    const cells = this.#cells();
    if (!to || !cells.includes(to)) return;
    for (const cell of cells) if (!(cell instanceof HTMLInputElement)) cell.tabIndex = cell === to ? 0 : -1;
  }
}

function overlap(a: DOMRect | undefined, b: DOMRect | undefined): boolean {
  return a !== undefined && b !== undefined && a.top < b.bottom && b.top < a.bottom;
}
