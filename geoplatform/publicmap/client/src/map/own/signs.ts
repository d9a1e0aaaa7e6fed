// The reader's own in words and signs: what the legend, the list and the description of a printed map say of it.
import type { Geometry } from "geojson";
import { type Words, word } from "../words";
import { nameOf } from "./check";
import type { Drawn, Own } from "./keeping";
import { colourOf } from "./paint";
import { measured, titleOf } from "./telling";

/** The drawing's colour on paper: it stands out from white and from the ground. */
export const INK = "#0b5cad";

export type Sign = "point" | "line" | "area" | "picture";

/** A line of the legend. */
export interface Entry {
  signs: Sign[];
  colour: string;
  text: string;
}

/** Returns the legend of the drawing: each shape's name, measure and note. language: of numbers. */
export function drawnEntries(drawn: Drawn[], words: Words, language: string): Entry[] {
  return drawn.map(({ geometry, note }, index) => ({
    signs: [signOf(geometry)],
    colour: INK,
    text: [titleOf(geometry, index, words), measured(geometry, words, language), note.trim()].filter(Boolean).join(": "),
  }));
}

/** Returns the legend of the layers: each one's title, with how many features it has or whose pictures they are. */
export function layerEntries(layers: Own[], words: Words, language: string): Entry[] {
  return layers.map(({ title, colour, content }) => {
    if (content.kind === "tiles") return { signs: ["picture"], colour: "#555555", text: word(words, "picturesOf", { name: title, owner: content.attribution }) };
    const { features } = content.checked.data;
    const count = new Intl.NumberFormat(language).format(features.length);
    return {
      signs: [...new Set(features.map((one) => signOf(one.geometry)))].sort(),
      colour: colourOf(colour),
      text: word(words, "featuresOf", { name: title, count }),
    };
  });
}

/** Returns the first `most` names of a layer's features, each once, and how many further ones there are. */
export function namesOf(layer: Own, most: number): { names: string[]; more: number } {
  if (layer.content.kind === "tiles") return { names: [], more: 0 };
  const names = [...new Set(layer.content.checked.data.features.map((one) => nameOf(one.properties)).filter(Boolean))];
  return { names: names.slice(0, most), more: Math.max(0, names.length - most) };
}

/** Returns the description of the map with what is the reader's own on it; of many entries the first ones. plain: what the map is else. */
export function described(plain: string, entries: Entry[], words: Words, most = 10): string {
  if (!entries.length) return plain;
  const items = entries.slice(0, most).map((entry) => entry.text);
  const more = entries.length - items.length;
  return word(words, "withOwn", { map: plain, items: [...items, ...(more > 0 ? [word(words, "moreInLegend", { count: more })] : [])].join("; ") });
}

function signOf(geometry: Geometry): Sign {
  if (geometry.type.endsWith("Polygon")) return "area";
  return geometry.type.endsWith("LineString") ? "line" : "point";
}
