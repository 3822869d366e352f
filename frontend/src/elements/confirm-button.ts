// <confirm-button ask="Close Campus 7?" consequence="52 meetings move." keep="Keep it open"><button>Close the campus</button></confirm-button>
// Asks before its submit button does something that cannot be taken back. Without script the server's page asks.

import { make } from "../lib/dom.ts";

let count = 0;

export class ConfirmButton extends HTMLElement {
  #sure = false;
  readonly #onClick = (click: MouseEvent): void => this.#intercept(click);

  connectedCallback(): void {
    this.addEventListener("click", this.#onClick, { capture: true });
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#onClick, { capture: true });
  }

  #intercept(click: MouseEvent): void {
    const button = (click.target as Element).closest("button");
    if (!button || this.#sure) return;
    click.preventDefault();
    click.stopPropagation();
    this.#ask(button);
  }

  #ask(button: HTMLButtonElement): void {
    const id = `ask-${++count}`;
    const consequence = this.getAttribute("consequence");
    const yes = make("button", { type: "button", class: button.className.replace("btn-s", "") }, button.textContent?.trim() ?? "");
    const no = make("button", { type: "button", class: "btn" }, this.getAttribute("keep") ?? "");
    const dialog = make(
      "dialog",
      { "aria-labelledby": id },
      make("h2", { id }, this.getAttribute("ask") ?? ""),
      consequence ? make("p", {}, consequence) : null,
      make("div", { class: "row" }, no, yes),
    );
    yes.addEventListener("click", () => {
      dialog.close();
      this.#sure = true;
      button.click();
      this.#sure = false;
    });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  }
}
