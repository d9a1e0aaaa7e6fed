// Drawn shapes in words: what one is called, and how long or large it is.
import type { Position } from "geojson";
import { type Units, areaOf, areaText, lengthOf, lengthText } from "../measure";
import { type Words, word } from "../words";
import type { Drawn } from "./keeping";

const KINDS = { Point: "point", LineString: "line", Polygon: "area" } as const;

/** Returns what the shape is called, for example "Line 2". index: its place in the drawing, from 0. */
export function titleOf(geometry: Drawn["geometry"], index: number, words: Words): string {
  return `${word(words, KINDS[geometry.type])} ${index + 1}`;
}

/** Returns the measure of a shape in words; "" for a point. words: with those of the units. */
export function measured(geometry: Drawn["geometry"], words: Words, language: string): string {
  const units = words as unknown as Units;
  const length = (line: Position[]): string => lengthText(lengthOf(line), units, language);
  if (geometry.type === "LineString") return word(words, "length", { value: length(geometry.coordinates) });
  if (geometry.type !== "Polygon") return "";
  const ring = geometry.coordinates[0] ?? [];
  const area = word(words, "surface", { value: areaText(areaOf(ring), units, language) });
  return `${area}, ${word(words, "perimeter", { value: length(ring) })}`;
}
