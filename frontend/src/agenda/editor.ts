// <agenda-editor>: sessions of the grid and the pool are moved by dragging or by keys; the page's own form does the work,
// so what is saved is the same with and without this script. Enter picks up, arrows choose, Enter puts down, Escape leaves.

import { announce, fill } from "../lib/dom.ts";
import { HttpError, sendForm } from "../lib/http.ts";
import { type Cell, type Place, cellAt, cellsOf, roomsOf, step } from "./grid.ts";

export class AgendaEditor extends HTMLElement {
  #held: HTMLElement | null = null;
  #target: Place = { row: 0, column: 0 };

  connectedCallback(): void {
    for (const [name, listener] of this.#listeners()) this.addEventListener(name, listener as EventListener);
    document.addEventListener("keydown", this.#onUndoKey);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#onUndoKey);
    for (const [name, listener] of this.#listeners()) this.removeEventListener(name, listener as EventListener);
  }

  #listeners(): [string, (event: never) => void][] {
    return [
      ["dragstart", this.#onDragStart],
      ["dragover", this.#onDragOver],
      ["dragleave", this.#unmark],
      ["drop", this.#onDrop],
      ["dragend", this.#onDragEnd],
      ["keydown", this.#onKey],
    ];
  }

  // --- dragging ---------------------------------------------------------------------------------------------

  readonly #onDragStart = (drag: DragEvent): void => {
    const session = (drag.target as Element).closest<HTMLElement>("[data-session]");
    if (!session || session.draggable !== true || !drag.dataTransfer) return;
    drag.dataTransfer.effectAllowed = "move";
    drag.dataTransfer.setData("text/plain", session.dataset.title ?? "");
    this.#held = session;
    session.classList.add("moving");
  };

  readonly #onDragOver = (drag: DragEvent): void => {
    const cell = this.#held && this.#freeCell(drag.target);
    if (!cell) return;
    drag.preventDefault();
    this.#mark(cell);
  };

  readonly #onDrop = (drag: DragEvent): void => {
    const cell = this.#held && this.#freeCell(drag.target);
    if (!cell || !this.#held) return;
    drag.preventDefault();
    void this.#put(this.#held, cell);
  };

  readonly #onDragEnd = (): void => {
    this.#held?.classList.remove("moving");
    this.#held = null;
    this.#unmark();
  };

  #freeCell(target: EventTarget | null): Cell | undefined {
    const element = (target as Element).closest("tbody td");
    return element && !element.classList.contains("on") ? this.#cells().find((cell) => cell.element === element) : undefined;
  }

  // --- keys -------------------------------------------------------------------------------------------------

  // Undo wherever the focus is, except where the browser has an undo of its own: after a page load it is on nothing at all.
  readonly #onUndoKey = (press: KeyboardEvent): void => {
    const writing = "input:not([type=checkbox]), textarea";
    if (!(press.ctrlKey || press.metaKey) || press.key.toLowerCase() !== "z" || (press.target as Element).matches(writing)) return;
    press.preventDefault();
    this.querySelector<HTMLFormElement>(press.shiftKey ? "form[data-redo]" : "form[data-undo]")?.requestSubmit();
  };

  readonly #onKey = (press: KeyboardEvent): void => {
    const session = (press.target as Element).closest<HTMLElement>("[data-session]");
    if (this.#held) this.#onKeyWhileHeld(press, this.#held);
    else if (session?.draggable === true && press.key === "Enter" && (press.target as Element).matches("a") && !press.ctrlKey && !press.metaKey) this.#pick(press, session);
  };

  #pick(press: KeyboardEvent, session: HTMLElement): void {
    press.preventDefault();
    this.#held = session;
    session.classList.add("moving");
    const cell = this.#cells().find(({ element }) => element === session);
    this.#target = cell ?? { row: 0, column: 0 };
    announce(fill(this.getAttribute("picked") ?? "", { title: session.dataset.title ?? "" }));
  }

  #onKeyWhileHeld(press: KeyboardEvent, session: HTMLElement): void {
    if (press.key === "Escape") {
      press.preventDefault();
      announce(fill(this.getAttribute("left") ?? "", { title: session.dataset.title ?? "" }));
      this.#onDragEnd();
    } else if (/^Arrow/.test(press.key)) {
      press.preventDefault();
      const rooms = this.#rooms();
      this.#target = step(this.#target, press.key, this.#rows().length, rooms.length);
      const cell = cellAt(this.#cells(), this.#target);
      if (cell) this.#mark(cell);
      announce(`${this.#roomName(this.#target.column)} ${this.#time(this.#target.row)}`);
    } else if (press.key === "Enter") {
      press.preventDefault();
      void this.#put(session, { ...this.#target });
    }
  }

  // --- what the form is told --------------------------------------------------------------------------------

  async #put(session: HTMLElement, place: Place): Promise<void> {
    const form = this.querySelector<HTMLFormElement>("#bulk");
    const start = this.#rows()[place.row]?.dataset.start;
    const room = this.#rooms()[place.column];
    if (!form || !start || !room) return;
    const said = { title: session.dataset.title ?? "", room: this.#roomName(place.column), time: this.#time(place.row) };
    const key = session.dataset.session ?? "";
    const data = new FormData(form);
    data.delete("session");
    for (const [name, value] of Object.entries({ session: key, room, start, act: "place", by: "0" })) data.set(name, value);
    const page = await sendForm(form, data).then((answer) => answer.text(), refusal);
    const fresh = new DOMParser().parseFromString(page, "text/html");
    const editor = fresh.querySelector("agenda-editor");
    if (!editor) return window.location.reload();
    this.#held = null;
    this.replaceChildren(...editor.childNodes);
    const notice = fresh.querySelector(".flashes");
    document.querySelector(".flashes")?.remove();
    if (notice) this.before(notice);
    else announce(fill(this.getAttribute("put") ?? "", said));
    this.querySelector<HTMLElement>(`[data-session="${CSS.escape(key)}"] a`)?.focus();
  }

  #cells(): Cell[] {
    const table = this.querySelector<HTMLTableElement>("table.grid");
    return table ? cellsOf(table) : [];
  }

  #rows(): HTMLTableRowElement[] {
    return [...this.querySelectorAll<HTMLTableRowElement>("table.grid tbody tr")];
  }

  #heads(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("table.grid thead th")];
  }

  #rooms(): string[] {
    return roomsOf(this.#heads().map((head) => ({ room: head.dataset.room ?? "", lanes: Number(head.dataset.lanes ?? 1) })));
  }

  #roomName(column: number): string {
    const key = this.#rooms()[column];
    return this.#heads().find((head) => head.dataset.room === key)?.firstChild?.textContent ?? "";
  }

  #time(row: number): string {
    return this.#rows()[row]?.dataset.start?.slice(11) ?? "";
  }

  #mark(cell: Cell): void {
    this.#unmark();
    cell.element.classList.add("drop");
    cell.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  readonly #unmark = (): void => {
    for (const marked of this.querySelectorAll(".drop")) marked.classList.remove("drop");
  };
}

/** The page that says why the place is refused, to be shown as any other. */
function refusal(failure: unknown): string {
  if (failure instanceof HttpError && failure.page) return failure.page;
  throw failure;
}
