/** The states of the door's screen; each returns what stands inside the section. */

import type { Look, Way } from "./admission";
import { spaced } from "./codes";
import { button, drawing, h, icon } from "./dom";
import type { Result } from "./scanner";
import { clockOf, type Gate } from "./snapshot";
import type { Found } from "./sync";

export type Words = Record<string, string>;

export function fill(text: string, facts: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
}

export interface Status { online: boolean; unsent: number; dataAt: number; alert: string }

/** Campus, gate and how old the data is; offline, the band that says it goes on. */
export function heading(w: Words, gate: Gate | null, status: Status, onSettings: () => void): Node[] {
  const nodes: Node[] = [];
  const time = gate ? clockOf(status.dataAt, gate.zone) : "";
  if (!status.online && gate) {
    const facts = fill(w["offline_facts"]!, { count: status.unsent, time });
    nodes.push(h("div", { class: "offline" }, icon("offline"), h("p", {}, h("b", {}, w["offline"]!), facts)));
  }
  if (status.alert) nodes.push(h("p", { class: "door-alert", role: "alert" }, status.alert));
  if (gate) {
    const plate = h("span", { class: "plate" }, h("span", { class: "sr-only" }, `${w["campus"]} `), String(gate.campus));
    const place = h("button", { type: "button", class: "door-place", click: onSettings }, plate, ` ${gate.name}`, h("span", { class: "sr-only" }, ` (${w["settings"]})`));
    const age = status.unsent && status.online ? fill(w["sending"]!, { count: status.unsent }) : status.online ? fill(w["online"]!, { time }) : "";
    nodes.push(h("header", {}, h("span", { class: "g" }, place), h("span", { class: status.unsent ? "age age-warn" : "age" }, age)));
  }
  return nodes;
}

/** Ready for the next badge; *bad* is what the last code was when it was no badge at all, *shut* why nobody enters and what to do. */
export function idle(w: Words, p: {
  gate: Gate; way: Way; shut: [string, string] | null; inside: number | null; estimate: boolean; video: HTMLVideoElement; bad: Result | null; fault: string; supervisor: boolean;
  onType(): void; onWay(way: Way): void; onSearch(): void; onWalkIn(): void; onCamera(): void; canUndo: boolean; onUndo(): void;
}): Node[] {
  const finder = drawing("0 0 200 200", [
    ["M20 60V20H60M140 20H180V60M180 140V180H140M60 180H20V140", "vf"],
    p.bad || (p.shut && p.way === "entry") ? ["M78 78l44 44M122 78l-44 44", "ve"] : ["M30 100H170", "vl"],
  ]);
  finder.setAttribute("role", "img");
  finder.removeAttribute("aria-hidden");
  finder.setAttribute("aria-label", w["finder"]!);
  const cam = h("div", { class: p.bad ? "cam cam-err" : "cam" }, p.video, finder);
  const [title, instead] = p.bad ? [p.bad.said.title, p.bad.said.instead] : (p.shut ?? [w["present"]!, ""]);
  const said = h("div", { role: p.shut && !p.bad ? "alert" : "status" }, h("h2", {}, title), instead ? h("p", { class: "do" }, instead) : null);
  const nodes: Node[] = [cam, said];
  if (p.fault) nodes.push(h("p", { class: "do" }, w[`camera_${p.fault}`]!), button(w["camera_start"]!, p.onCamera));
  if (!p.bad && p.inside !== null) nodes.push(count(w, p.inside, p.gate.capacity, p.estimate));
  const ways = h("div", { class: "two" });
  if (p.gate.ways === "both") {
    ways.append(button(w["entry"]!, () => p.onWay("entry"), { icon: "door", pressed: p.way === "entry" }), button(w["exit"]!, () => p.onWay("exit"), { pressed: p.way === "exit" }));
  }
  const more = h("div", { class: "two" });
  if (p.supervisor) more.append(button(w["search"]!, p.onSearch, { icon: "search" }));
  if (p.canUndo) more.append(button(w["undo"]!, p.onUndo, { icon: "undo" }));
  if (p.gate.ways !== "exit") more.append(button(w["walk_in"]!, p.onWalkIn, { icon: "person" }));
  nodes.push(h("footer", {}, button(w["type"]!, p.onType, { icon: "keyboard", large: true }), ways.childNodes.length ? ways : null, more.childNodes.length ? more : null));
  return nodes;
}

function count(w: Words, inside: number, capacity: number, estimate: boolean): HTMLElement {
  const words = estimate ? w["estimate"]! : capacity ? w["inside"]! : w["inside_open"]!;
  const line = h("p", { class: "cnt" });
  const [before = "", after = ""] = words.split("{inside}").map((part) => fill(part, { capacity }));
  line.append(before, h("b", {}, String(inside)), after);
  const left = capacity - inside;
  if (capacity && !estimate && left <= capacity * 0.05) line.append(" ", fill(w["left"]!, { left: Math.max(0, left) }));
  return line;
}

const SYMBOLS: Record<Look, [string, string?][]> = {
  ok: [["M91 48a43 43 0 1 1-86 0 43 43 0 0 1 86 0z"], ["m28 50 14 14 27-31"]],
  seen: [["M17 7h62a10 10 0 0 1 10 10v62a10 10 0 0 1-10 10H17A10 10 0 0 1 7 79V17A10 10 0 0 1 17 7z"], ["M48 26v25l16 10"]],
  else: [["M10 48h70M56 22l26 26-26 26"]],
  stop: [["M30 6h36l24 24v36L66 90H30L6 66V30z"], ["M27 48h42"]],
  idle: [["M24 24l48 48M72 24 24 72"]],
};

/** One answer: shape, word, name, what to do, and the one or two things one can do about it. */
export function answer(w: Words, r: Result, p: {
  zone: string; profile: string; onUndo(): void; onForce(): void; onSearch(): void; onBack(): void; phone: string;
}): Node[] {
  const campus = r.look === "else" ? r.facts["next_campus"] ?? r.facts["campus"] : undefined;
  const symbol =
    campus === undefined
      ? h("div", { class: "sym" }, drawing("0 0 96 96", SYMBOLS[r.look]))
      : h("div", { class: "sym sym-p" }, h("span", { class: "sr-only" }, `${w["campus"]} `), h("span", { class: "plate plate-xl", "aria-hidden": "true" }, String(campus)));
  const said = h("div", { role: "status" }, h("h2", {}, r.said.title));
  if (r.name) said.append(h("p", { class: "who", dir: "auto" }, r.name));
  if (r.code) said.append(h("p", { class: "who short" }, r.code), h("p", { class: "do" }, w["walk_in_code"]!));
  if (r.role) said.append(h("p", { class: "rl" }, w[`role_${r.role}`] ?? r.role));
  if (r.said.instead) said.append(h("p", { class: "do" }, r.said.instead));
  if (r.offline && r.admitted) said.append(h("p", { class: "do" }, w[r.text ? "offline_checked" : "walk_in_kept"]!));
  else for (const line of r.said.lines) said.append(h("p", { class: "do" }, line));
  if (r.theirs) said.append(h("p", { class: "do theirs", lang: r.theirLanguage }, `“${[r.theirs.title, r.theirs.instead].filter(Boolean).join(". ")}”`));
  return [symbol, said, h("footer", {}, ...choices(w, r, p))];
}

function choices(w: Words, r: Result, p: { profile: string; phone: string; onUndo(): void; onForce(): void; onSearch(): void; onBack(): void }): Node[] {
  const nodes: Node[] = [];
  if (r.admitted) {
    if (r.inside !== null) nodes.push(count(w, r.inside, r.capacity, r.offline));
    if (r.text) nodes.push(button(w["undo"]!, p.onUndo, { icon: "undo" }));
    else nodes.push(button(w["back"]!, p.onBack));
    return nodes;
  }
  const supervisor = p.profile === "supervisor";
  if (r.override === "steward") nodes.push(button(r.look === "seen" ? w["same_person"]! : w["let_in"]!, p.onForce, { large: r.look === "seen" }));
  else if (r.override === "supervisor" && supervisor) nodes.push(button(w["let_in_supervisor"]!, p.onForce));
  if (supervisor && r.look === "stop") nodes.push(button(w["search"]!, p.onSearch, { icon: "search", large: true }));
  if (p.phone && !supervisor) nodes.push(h("a", { class: "btn", href: `tel:${p.phone.replace(/\s/g, "")}` }, icon("phone"), w["call"]!));
  nodes.push(button(w["back"]!, p.onBack));
  return nodes;
}

/** One line of text and a button; used for codes, names and enrolment. */
export function typing(w: Words, p: { title: string; lead?: string; label: string; hint: string; go: string; onGo(text: string): void; onBack?(): void; mode?: string; results?: Node | null }): Node[] {
  const input = h("input", { class: "input", id: "typed", name: "typed", autocomplete: "off", autocapitalize: p.mode ?? "characters", spellcheck: "false", "aria-describedby": "typed-hint" });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (input.value.trim()) p.onGo(input.value.trim());
  };
  const form = h(
    "form", { class: "stack", submit }, h("h2", { class: "h-l" }, p.title), p.lead ? h("p", { class: "do" }, p.lead) : null,
    h("label", { for: "typed", class: p.label === p.title ? "sr-only" : "" }, p.label), input,
    h("p", { class: "hint", id: "typed-hint" }, p.hint), h("button", { type: "submit", class: "btn btn-l" }, p.go), p.results ?? null,
  );
  queueMicrotask(() => input.focus());
  return p.onBack ? [form, h("footer", {}, button(w["back"]!, p.onBack))] : [form];
}

/** A visitor without a registration: four fields, kept when something is to be corrected. */
export function walkIn(w: Words, p: { lang: string; note: string; values: Record<string, string>; onGo(given: { name: string; email: string; language: string; adult: boolean }): void; onBack(): void }): Node[] {
  const name = h("input", { class: "input", id: "walk-name", required: true, maxlength: 120, autocomplete: "off", value: p.values["name"] ?? "" });
  const email = h("input", { class: "input", id: "walk-email", type: "email", required: true, maxlength: 254, autocomplete: "off", autocapitalize: "off", value: p.values["email"] ?? "", "aria-describedby": "walk-hint" });
  const language = h("select", { class: "input", id: "walk-language" });
  for (const [code, word] of [["fr", "Français"], ["en", "English"]] as const) language.append(h("option", { value: code, lang: code, selected: code === p.lang }, word));
  const adult = h("input", { type: "checkbox", id: "walk-adult", required: true });
  const submit = (event: Event): void => {
    event.preventDefault();
    p.onGo({ name: name.value.trim(), email: email.value.trim(), language: language.value, adult: adult.checked });
  };
  const form = h(
    "form", { class: "stack", submit }, h("h2", { class: "h-l" }, w["walk_in"]!), p.note ? h("p", { class: "do", role: "alert" }, p.note) : null,
    h("label", { for: "walk-name" }, w["walk_in_name"]!), name, h("label", { for: "walk-email" }, w["walk_in_email"]!), email,
    h("p", { class: "hint", id: "walk-hint" }, w["walk_in_hint"]!), h("label", { for: "walk-language" }, w["walk_in_language"]!), language,
    h("label", { class: "tick", for: "walk-adult" }, adult, " ", h("span", {}, w["walk_in_adult"]!)),
    h("button", { type: "submit", class: "btn btn-l" }, w["walk_in_go"]!),
  );
  queueMicrotask(() => name.focus());
  return [form, h("footer", {}, button(w["back"]!, p.onBack))];
}

/** Which scan, and why: nothing is undone without a reason. */
export function undoing(w: Words, r: Result, p: { zone: string; now: number; onUndo(why: string): void; onBack(): void }): Node[] {
  const reasons = [w["undo_not"]!, w["undo_mistake"]!, w["undo_exit"]!, w["undo_other"]!];
  const box = h("fieldset", { class: "reasons" }, h("legend", { class: "sr-only" }, w["undo_reasons"]!));
  reasons.forEach((reason, place) => {
    box.append(h("label", { class: "tick" }, h("input", { type: "radio", name: "why", value: reason, checked: place === 0 }), " ", h("span", {}, reason)));
  });
  const ago = `${Math.max(0, Math.round((p.now - r.at) / 1000))} s`;
  const when = fill(w["undo_ago"]!, { way: w[r.way]!.toLowerCase(), time: clockOf(r.at, p.zone), ago });
  const go = (): void => p.onUndo(box.querySelector<HTMLInputElement>("input:checked")?.value ?? reasons[3]!);
  return [
    h("h2", { class: "h-l" }, w["undo_title"]!), h("p", { class: "who", dir: "auto" }, r.name, h("small", {}, when)), box,
    h("p", { class: "hint" }, w["undo_logged"]!),
    h("footer", {}, button(w["undo_do"]!, go, { icon: "undo", large: true }), button(w["keep"]!, p.onBack)),
  ];
}

/** Which gate, and who holds the phone. */
export function settings(w: Words, p: { gates: Gate[]; gate: Gate | null; staff: string; unsent: number; onSave(gate: string, staff: string): void; onExport(): void; onBack(): void }): Node[] {
  const select = h("select", { class: "input", id: "gate" });
  for (const gate of p.gates) select.append(h("option", { value: gate.id, selected: gate.id === p.gate?.id }, `${gate.campus} ${gate.campus_name}, ${gate.name}`));
  const staff = h("input", { class: "input", id: "staff", maxlength: 40, value: p.staff, autocomplete: "off", "aria-describedby": "staff-hint" });
  const save = (event: Event): void => {
    event.preventDefault();
    p.onSave(select.value, staff.value.trim());
  };
  const form = h(
    "form", { class: "stack", submit: save }, h("h2", { class: "h-l" }, w["settings"]!), h("label", { for: "gate" }, w["gate"]!), select,
    h("label", { for: "staff" }, w["staff"]!), staff, h("p", { class: "hint", id: "staff-hint" }, w["staff_hint"]!),
    h("button", { type: "submit", class: "btn btn-l" }, w["save"]!),
  );
  const out = p.unsent ? button(w["export"]!, p.onExport, { icon: "download" }) : null;
  return [form, h("footer", {}, out, p.gate ? button(w["back"]!, p.onBack) : null)];
}

/** People found by a name, each a button; a note where there are none. */
export function found(w: Words, people: readonly Found[], note: string, onPick: (code: string) => void): HTMLElement {
  const list = h("div", { class: "found", role: "status" }, note ? h("p", { class: "do" }, note) : null);
  for (const each of people) {
    const more = h("small", {}, `${w[`role_${each.item}`] ?? each.item} · ${spaced(each.code)}`);
    list.append(h("button", { type: "button", class: "btn", click: () => onPick(each.code) }, h("span", { dir: "auto" }, each.attendee_name), " ", more));
  }
  return list;
}

/** This phone is no door any more; what it could not send is taken out as a file. */
export function withdrawn(w: Words, unsent: number, onExport: () => void): Node[] {
  const out = unsent ? button(w["export"]!, onExport, { icon: "download", large: true }) : null;
  return [h("div", { role: "alert" }, h("h2", {}, w["withdrawn"]!), h("p", { class: "do" }, w["withdrawn_do"]!)), h("footer", {}, out)];
}
