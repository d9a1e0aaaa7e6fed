// Lengths and areas on the ground, and coordinates as people type them.
import type { Position } from "geojson";

/** The mean radius of the Earth, in metres; on it lengths are right to 0.3 %. */
const RADIUS = 6371008.8;
const rad = (degrees: number): number => (degrees * Math.PI) / 180;

/** Returns the length of a line in metres, along great circles. */
export function lengthOf(line: Position[]): number {
  let sum = 0;
  for (let index = 1; index < line.length; index += 1) {
    const [x1 = 0, y1 = 0] = line[index - 1] ?? [];
    const [x2 = 0, y2 = 0] = line[index] ?? [];
    const half = Math.sin(rad(y2 - y1) / 2) ** 2 + Math.cos(rad(y1)) * Math.cos(rad(y2)) * Math.sin(rad(x2 - x1) / 2) ** 2;
    sum += 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(half)));
  }
  return sum;
}

/** Returns the area of a closed ring in square metres, on the sphere. */
export function areaOf(ring: Position[]): number {
  let sum = 0;
  for (let index = 1; index < ring.length; index += 1) {
    const [x1 = 0, y1 = 0] = ring[index - 1] ?? [];
    const [x2 = 0, y2 = 0] = ring[index] ?? [];
    sum += rad(x2 - x1) * (2 + Math.sin(rad(y1)) + Math.sin(rad(y2)));
  }
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

/** The texts of units, each with `%(number)s`. */
export type Units = Record<"m" | "km" | "m2" | "ha" | "km2", string>;

/** Returns a length in words, with three digits that count. */
export function lengthText(metres: number, units: Units, language: string): string {
  return metres < 1000 ? unit(units.m, metres, language) : unit(units.km, metres / 1000, language);
}

/** Returns an area in words, with three digits that count. */
export function areaText(squareMetres: number, units: Units, language: string): string {
  if (squareMetres < 10_000) return unit(units.m2, squareMetres, language);
  return squareMetres < 1_000_000 ? unit(units.ha, squareMetres / 10_000, language) : unit(units.km2, squareMetres / 1_000_000, language);
}

function unit(text: string, value: number, language: string): string {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: value < 100 ? 1 : 0 }).format(value);
  return text.replace("%(number)s", number);
}

/**
 * Reads "48.51, 32.26" lines (latitude, longitude; a decimal comma is understood where a blank or semicolon parts the two).
 *
 * Returns positions as GeoJSON has them (longitude first), or the number of the first line that is no pair, from 1.
 */
export function readCoordinates(text: string): Position[] | number {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const found: Position[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line) continue;
    const parts = /^(-?\d+(?:[.,]\d+)?)(?:\s*;\s*|,?\s+|,)(-?\d+(?:[.,]\d+)?)$/.exec(line.replaceAll("°", ""));
    const latitude = Number(parts?.[1]?.replace(",", "."));
    const longitude = Number(parts?.[2]?.replace(",", "."));
    if (!parts || !(Math.abs(latitude) <= 85) || !(Math.abs(longitude) <= 180)) return index + 1;
    found.push([longitude, latitude]);
  }
  return found;
}
