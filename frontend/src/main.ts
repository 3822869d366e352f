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

// A form is sent once: a second press while the answer is on its way would let two people in, or publish an offer twice.
document.addEventListener("submit", (submit) => {
  const [form, button] = [submit.target, submit.submitter];
  if (submit.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.hasAttribute("data-sent")) {
    submit.preventDefault();
    return;
  }
  form.setAttribute("data-sent", "");
  queueMicrotask(() => {
    if (submit.defaultPrevented) form.removeAttribute("data-sent");
    else busy(button, true);
  });
  window.setTimeout(() => {
    form.removeAttribute("data-sent");
    busy(button, false);
  }, 8000);
});

function busy(button: HTMLElement | null, yes: boolean): void {
  if (yes) button?.setAttribute("aria-busy", "true");
  else button?.removeAttribute("aria-busy");
  button?.classList.toggle("is-busy", yes);
}

// Signing out takes the pages kept on this device away, before the next person holds it.
document.addEventListener("submit", (submit) => {
  const form = submit.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-sign-out")) return;
  submit.preventDefault();
  void forgetPages().finally(() => form.submit());
});

void registerWorker();
