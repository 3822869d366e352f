// Elements of a few lines: filter-list, copy-button, theme-toggle.

import { announce, make, matches } from "../lib/dom.ts";

/** <filter-list for="campuses" label="Find a campus" none="No campus has this name." least="16">: a box that hides what does not match. */
export class FilterList extends HTMLElement {
  connectedCallback(): void {
    const list = document.getElementById(this.getAttribute("for") ?? "");
    const rows = [...(list?.querySelectorAll<HTMLElement>(":scope > li, :scope > tr, tbody > tr") ?? [])];
    if (this.childElementCount || rows.length < Number(this.getAttribute("least") ?? 0)) return;
    const id = `filter-${this.getAttribute("for")}`;
    const input = make("input", { class: "input", type: "search", id, autocomplete: "off" });
    const none = make("p", { class: "hint", role: "status" });
    this.append(make("div", { class: "field" }, make("label", { for: id }, this.getAttribute("label") ?? ""), input, none));
    const texts = rows.map((row) => row.textContent ?? "");
    input.addEventListener("input", () => {
      rows.forEach((row, i) => (row.hidden = !matches(texts[i] ?? "", input.value)));
      const found = rows.filter((row) => !row.hidden).length;
      none.textContent = found ? (input.value ? String(found) : "") : this.getAttribute("none");
    });
  }
}

/** <copy-button text="K7QF 2M9D" done="Copied"><button>Copy</button></copy-button> */
export class CopyButton extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", this.#copy);
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#copy);
  }

  readonly #copy = async (): Promise<void> => {
    const button = this.querySelector("button");
    await navigator.clipboard.writeText(this.getAttribute("text") ?? "");
    const done = this.getAttribute("done") ?? "";
    announce(done);
    const label = [...(button?.childNodes ?? [])].find((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim());
    if (!label || label.nodeValue === done) return;
    const before = label.nodeValue;
    label.nodeValue = done;
    window.setTimeout(() => (label.nodeValue = before), 2000);
  };
}

const SIDES = ["system", "light", "dark"] as const;
type Side = (typeof SIDES)[number];

/** <theme-toggle light="Light" dark="Dark" system="Automatic">: goes round the three; remembered in this browser. */
export class ThemeToggle extends HTMLElement {
  connectedCallback(): void {
    this.hidden = false;
    this.addEventListener("click", this.#next);
    this.#show();
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#next);
  }

  #side(): Side {
    const kept = localStorage.getItem("theme");
    return kept === "light" || kept === "dark" ? kept : "system";
  }

  readonly #next = (): void => {
    const side = SIDES[(SIDES.indexOf(this.#side()) + 1) % SIDES.length] ?? "system";
    if (side === "system") {
      localStorage.removeItem("theme");
      delete document.documentElement.dataset["theme"];
    } else {
      localStorage.setItem("theme", side);
      document.documentElement.dataset["theme"] = side;
    }
    this.#show();
  };

  #show(): void {
    const words = this.querySelector("span");
    if (words) words.textContent = this.getAttribute(this.#side()) ?? "";
  }
}
