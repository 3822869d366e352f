/** Elements in few words. */

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | ((event: Event) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(name: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of paths; each is [path data, class]. */
export function drawing(box: string, paths: [string, string?][], className = ""): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", box);
  svg.setAttribute("aria-hidden", "true");
  if (className) svg.setAttribute("class", className);
  for (const [data, kind] of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    if (kind) path.setAttribute("class", kind);
    svg.append(path);
  }
  return svg;
}

const ICONS: Record<string, string> = {
  keyboard: "M2.5 8a2 2 0 0 1 2-2h15a2 2 0 0 1 2 2v8.500a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2zM6 10h.1M10 10h.1M14 10h.1M18 10h.1M7.500 14.500h9",
  door: "M5.500 21V3.500h13V21M3 21h18M14.500 12.500v.1",
  undo: "M8.500 3.500 4 8l4.500 4.500M4 8h10a6 6 0 0 1 0 12H9",
  search: "M17 10.500a6.500 6.500 0 1 1-13 0 6.500 6.500 0 0 1 13 0zM15.500 15.500l5 5",
  phone: "M5 3.500h4l1.500 5L8 10a12 12 0 0 0 6 6l1.500-2.500 5 1.500v4c0 1-.8 1.500-1.500 1.500C11 20.500 3.500 13 3.500 5c0-.7.5-1.500 1.500-1.500z",
  person: "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4 21c.6-4.400 3.700-6.500 8-6.500s7.400 2.100 8 6.500",
  offline: "M3 3l18 18M8.500 15.500a5 5 0 0 1 6.500-.4M5.300 12a9.600 9.600 0 0 1 4.700-2.500M2 8.500A14.500 14.500 0 0 1 6.300 5.900M10.500 4.700A14.700 14.700 0 0 1 22 8.500M15 10a9.600 9.600 0 0 1 3.700 2M12 19.400v.2",
  gear: "M4 7h16M4 12h16M4 17h16",
  download: "M12 4v11M7 10.500l5 5 5-5M4.500 20h15",
};

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return drawing("0 0 24 24", [[ICONS[name] ?? ""]], "ico");
}

export function button(label: string, onClick: () => void, options: { icon?: string; large?: boolean; pressed?: boolean } = {}): HTMLButtonElement {
  const props: Props = { type: "button", class: options.large ? "btn btn-l" : "btn", click: onClick };
  if (options.pressed !== undefined) props["aria-pressed"] = String(options.pressed);
  return h("button", props, options.icon ? icon(options.icon) : null, label);
}
