// On every page: the elements, and the small services of the frame. Pages work without any of it.

import { ConfirmButton } from "./elements/confirm-button.ts";
import { LiveRegion } from "./elements/live-region.ts";
import { LocalTime } from "./elements/local-time.ts";
import { CopyButton, FilterList, ThemeToggle } from "./elements/small.ts";
import { SlotGrid } from "./elements/slot-grid.ts";
import { SortableList } from "./elements/sortable-list.ts";
import { WeightSliders } from "./elements/weight-sliders.ts";
import { forgetPages, registerWorker } from "./lib/worker.ts";

const ELEMENTS = {
  "confirm-button": ConfirmButton,
  "copy-button": CopyButton,
  "filter-list": FilterList,
  "live-region": LiveRegion,
  "local-time": LocalTime,
  "slot-grid": SlotGrid,
  "sortable-list": SortableList,
  "theme-toggle": ThemeToggle,
  "weight-sliders": WeightSliders,
};
for (const [name, element] of Object.entries(ELEMENTS)) if (!customElements.get(name)) customElements.define(name, element);

// A refused form came back at the address it was sent to: reloading asks for the form, not for the same refusal.
const at = document.querySelector<HTMLMetaElement>('meta[name="at"]')?.content;
if (at) history.replaceState(history.state, "", at);

// A form that came back begins with what to correct.
document.querySelector<HTMLElement>("[data-focus]")?.focus();

// A second press of a button that is already at work would register twice in a person's eyes.
document.addEventListener("submit", (submit) => {
  const button = submit.submitter;
  if (submit.defaultPrevented || !(button instanceof HTMLButtonElement) || button.form?.method !== "post") return;
  queueMicrotask(() => {
    button.setAttribute("aria-busy", "true");
    button.classList.add("is-busy");
  });
  window.setTimeout(() => {
    button.removeAttribute("aria-busy");
    button.classList.remove("is-busy");
  }, 8000);
});

// Signing out takes the pages kept on this device away, before the next person holds it.
document.addEventListener("submit", (submit) => {
  const form = submit.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-sign-out")) return;
  submit.preventDefault();
  void forgetPages().finally(() => form.submit());
});

void registerWorker();
