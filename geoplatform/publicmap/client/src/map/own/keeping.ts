// What the reader has drawn and added as text for the session's storage, and back. What is too large is left, and known.
import type { Feature, LineString, Point, Polygon } from "geojson";
import { type Checked, Refusal, checked } from "./check";
import { DRAWN, OWN, type Store, session, write } from "./session";
import { soundAddress } from "./services";

/** How much is kept, in characters. Every browser gives a site 2.6 million of them. */
export const MOST_DRAWN = 400_000;
export const MOST_OWN = 2_000_000;
const DRAWABLE = ["Point", "LineString", "Polygon"];

/** A shape that was drawn, with its note or "". */
export interface Drawn {
  geometry: Point | LineString | Polygon;
  note: string;
}

/** Features of a file, or the pictures of a service. tiles: the template of their address as MapLibre takes it. */
/** zooms: the first and the last that tiles are there for, if that is known. */
export type Content =
  | { kind: "features"; checked: Checked }
  | { kind: "tiles"; tiles: string; attribution: string; zooms?: [number, number] | undefined };

/** A layer of the reader's own. colour: the number of its colour. */
export interface Own {
  title: string;
  colour: number;
  content: Content;
}

/** What was found in the storage. left: titles of layers, and leftShapes: the number of shapes, that were too large to be kept. */
export interface Kept {
  drawn: Drawn[];
  layers: Own[];
  left: string[];
  leftShapes: number;
}

/** A layer's text, made once: it may be large, and is written again whenever another one comes or goes. */
const texts = new WeakMap<Own, string | null>();

/** Keeps the drawing; returns how many of its shapes could not be kept. */
export function keepDrawn(shapes: Drawn[], store: Store | null = session()): number {
  const { taken, left } = fitting(shapes, shapeText, MOST_DRAWN);
  const text = `{"left":${left.length},"features":[${taken.join(",")}]}`;
  return write(store, DRAWN, shapes.length ? text : null) ? left.length : shapes.length;
}

/** Keeps the layers; returns those that could not be kept. */
export function keepLayers<T extends Own>(layers: T[], store: Store | null = session()): T[] {
  const { taken, left } = fitting(layers, layerText, MOST_OWN);
  const told = (missing: Own[]): string => JSON.stringify(missing.map((layer) => layer.title));
  if (write(store, OWN, layers.length ? `{"left":${told(left)},"layers":[${taken.join(",")}]}` : null)) return left;
  // At least it is known later what is missing.
  write(store, OWN, `{"left":${told(layers)},"layers":[]}`);
  return layers;
}

/** Returns what is kept. What is not sound, since anything may have written there, is left out. */
export function kept(store: Store | null = session(), own: string = location.origin): Kept {
  const drawing = parsed(store?.getItem(DRAWN) ?? null);
  const added = parsed(store?.getItem(OWN) ?? null);
  const layers = Array.isArray(added["layers"]) ? added["layers"] : [];
  const left = Array.isArray(added["left"]) ? added["left"] : [];
  return {
    drawn: shapesOf(drawing["features"]),
    layers: layers.flatMap((one: unknown) => layerOf(one, own) ?? []),
    left: left.filter((one) => typeof one === "string"),
    leftShapes: typeof drawing["left"] === "number" ? drawing["left"] : 0,
  };
}

/** Takes one after another while there is room; what does not fit is left, and smaller ones after it are still taken. */
function fitting<T>(all: T[], textOf: (one: T) => string | null, most: number): { taken: string[]; left: T[] } {
  const taken: string[] = [];
  const left: T[] = [];
  let room = most;
  for (const one of all) {
    const text = textOf(one);
    if (text === null || text.length >= room) {
      left.push(one);
      continue;
    }
    room -= text.length + 1;
    taken.push(text);
  }
  return { taken, left };
}

function shapeText(shape: Drawn): string {
  return JSON.stringify({ type: "Feature", properties: { note: shape.note }, geometry: shape.geometry });
}

/** Returns a layer as text, or null when it is longer than what may be kept: then not even the text of it all is made. */
function layerText(layer: Own): string | null {
  const known = texts.get(layer);
  if (known !== undefined) return known;
  const { title, colour, content } = layer;
  let text: string | null = JSON.stringify({ title, colour, ...(content.kind === "tiles" ? content : {}) });
  if (content.kind === "features") {
    const parts: string[] = [];
    let size = 0;
    for (const feature of content.checked.data.features) {
      parts.push(JSON.stringify(feature));
      size += parts.at(-1)!.length + 1;
      if (size > MOST_OWN) break;
    }
    const head = text.slice(0, -1);
    text = size > MOST_OWN ? null : `${head},"kind":"features","features":[${parts.join(",")}]}`;
  }
  texts.set(layer, text);
  return text;
}

function parsed(text: string | null): Record<string, unknown> {
  if (!text) return {};
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch (error) {
    console.warn("What was kept can't be read:", error);
    return {};
  }
}

/** Returns features as they are checked when a file is read; null when nothing of them is sound. */
function sound(features: unknown): Checked | null {
  try {
    return checked({ type: "FeatureCollection", features });
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function shapesOf(features: unknown): Drawn[] {
  const drawable = (one: Feature): boolean => DRAWABLE.includes(one.geometry.type);
  return (sound(features)?.data.features ?? []).filter(drawable).map((one) => ({
    geometry: one.geometry as Drawn["geometry"],
    note: String(one.properties?.["note"] ?? ""),
  }));
}

function layerOf(value: unknown, own: string): Own | null {
  const one = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const { title, kind, tiles, attribution } = one;
  const colour = Number(one["colour"]);
  if (typeof title !== "string" || !Number.isInteger(colour) || colour < 0) return null;
  if (kind === "features") {
    const found = sound(one["features"]);
    return found && { title, colour, content: { kind, checked: found } };
  }
  if (kind !== "tiles" || typeof tiles !== "string" || typeof attribution !== "string") return null;
  try {
    soundAddress(tiles.replace(/\{[\w-]+\}/g, "0"), own);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
  const zooms = Array.isArray(one["zooms"]) ? one["zooms"].map(Number) : [];
  const [first = NaN, last = NaN] = zooms;
  return { title, colour, content: { kind, tiles, attribution, ...(first >= 0 && last >= first && last <= 30 ? { zooms: [first, last] } : {}) } };
}
