// The legend of the reader's own on paper, built as the server's templates build that of the layers.
import type { Entry, Sign } from "./signs";

const SVG = "http://www.w3.org/2000/svg";

/** Returns an element of this name, class and text. */
export function withText(name: string, style: string, text: string): HTMLElement {
  const element = document.createElement(name);
  if (style) element.className = style;
  element.textContent = text;
  return element;
}

/** Returns a group of the legend; nothing when it has no entries. */
export function legend(title: string, entries: Entry[]): HTMLElement[] {
  if (!entries.length) return [];
  const group = document.createElement("div");
  group.className = "gp-sheet__layer";
  const list = document.createElement("ul");
  list.className = "gp-legend";
  for (const entry of entries) {
    const line = document.createElement("li");
    line.className = "gp-legend__entry";
    line.append(...entry.signs.map((sign) => swatch(sign, entry.colour)), entry.text);
    list.append(line);
  }
  group.append(withText("h4", "gp-sheet__name", title), list);
  return [group];
}

const SHAPES: Record<Sign, [string, Record<string, string>]> = {
  point: ["circle", { cx: "12", cy: "8", r: "6" }],
  line: ["path", { d: "M2 12L22 4", "stroke-width": "3", fill: "none" }],
  area: ["rect", { x: "2", y: "2", width: "20", height: "12", "fill-opacity": ".3", "stroke-width": "2" }],
  picture: ["path", { d: "M2 2H22V14H2ZM2 14L9 7L13 11L17 6L22 12", "stroke-width": "1.5", fill: "none" }],
};

/** Returns the sign that stands for a shape of this colour; its text stands beside it. */
function swatch(sign: Sign, colour: string): SVGElement {
  const picture = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "gp-swatch", viewBox: "0 0 24 16", width: "24", height: "16", "aria-hidden": "true", focusable: "false" })) {
    picture.setAttribute(name, value);
  }
  const [shape, attributes] = SHAPES[sign];
  const element = document.createElementNS(SVG, shape);
  for (const [name, value] of Object.entries({ fill: colour, stroke: colour, ...attributes })) element.setAttribute(name, value);
  picture.append(element);
  return picture;
}
