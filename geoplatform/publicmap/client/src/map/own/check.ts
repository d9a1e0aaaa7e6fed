// What a file of the reader's own may hold: bounds, sound coordinates, and properties that are shown as text only.
import type { Feature, FeatureCollection, Geometry, Position } from "geojson";
import type { Bounds } from "../settings";

export const MAX_MEGABYTES = 50;
export const MAX_FEATURES = 100_000;
const MAX_PROPERTIES = 60;
const MAX_TEXT = 2000;
const TYPES = new Set(["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]);

/** Why nothing was added; `code` is a word of the panel, `values` fill it. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly values: Record<string, string | number> = {},
  ) {
    super(code);
  }
}

export interface Checked {
  data: FeatureCollection;
  bounds: Bounds;
}

/** Returns the features of a GeoJSON text that can be shown. Raises Refusal. */
export function readGeoJson(text: string): Checked {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new Refusal("notJson");
  }
  return checked(document);
}

/** Returns the features of a GeoJSON document that can be shown, each with plain properties. Raises Refusal. */
export function checked(document: unknown): Checked {
  const features = featuresOf(document);
  if (features.length > MAX_FEATURES) throw new Refusal("tooMany", { count: features.length, limit: MAX_FEATURES });
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  const sound: Feature[] = [];
  for (const feature of features) {
    for (const geometry of simple(feature.geometry)) {
      if (!grow(bounds, geometry)) throw new Refusal("badCoordinates");
      sound.push({ type: "Feature", properties: plain(feature.properties), geometry });
      if (sound.length > MAX_FEATURES) throw new Refusal("tooMany", { count: sound.length, limit: MAX_FEATURES });
    }
  }
  if (!sound.length) throw new Refusal("nothing");
  return { data: { type: "FeatureCollection", features: sound }, bounds };
}

interface Loose {
  geometry: unknown;
  properties: unknown;
}

function featuresOf(document: unknown): Loose[] {
  const one = document as { type?: unknown; features?: unknown; coordinates?: unknown; geometries?: unknown } | null;
  if (one?.type === "FeatureCollection" && Array.isArray(one.features)) {
    return one.features.filter((item): item is Loose => typeof item === "object" && item !== null && "geometry" in item);
  }
  if (one?.type === "Feature") return [one as unknown as Loose];
  if (typeof one?.type === "string" && (TYPES.has(one.type) || one.type === "GeometryCollection")) return [{ geometry: one, properties: {} }];
  throw new Refusal("notGeoJson");
}

/** Returns a geometry's parts without collections; what is no geometry is left out. */
function simple(geometry: unknown, depth = 0): Geometry[] {
  const one = geometry as { type?: unknown; coordinates?: unknown; geometries?: unknown } | null;
  if (one?.type === "GeometryCollection" && Array.isArray(one.geometries) && depth < 4) {
    return one.geometries.flatMap((part) => simple(part, depth + 1));
  }
  if (typeof one?.type !== "string" || !TYPES.has(one.type) || !Array.isArray(one.coordinates)) return [];
  return [{ type: one.type, coordinates: one.coordinates } as Geometry];
}

const DEPTH: Record<string, number> = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };

/** Widens `bounds` by a geometry; false when a position in it is none in degrees. */
function grow(bounds: Bounds, geometry: Geometry): boolean {
  if (geometry.type === "GeometryCollection") return false;
  return walk(bounds, geometry.coordinates, DEPTH[geometry.type] ?? 0);
}

function walk(bounds: Bounds, coordinates: unknown, depth: number): boolean {
  if (!Array.isArray(coordinates)) return false;
  if (depth > 0) return coordinates.every((part) => walk(bounds, part, depth - 1));
  const [x, y] = coordinates as Position;
  if (typeof x !== "number" || typeof y !== "number" || !(Math.abs(x) <= 180) || !(Math.abs(y) <= 90)) return false;
  bounds[0] = Math.min(bounds[0], x);
  bounds[1] = Math.min(bounds[1], y);
  bounds[2] = Math.max(bounds[2], x);
  bounds[3] = Math.max(bounds[3], y);
  return true;
}

/** Returns properties as short texts, numbers and booleans; nothing nested. */
function plain(properties: unknown): Record<string, string | number | boolean> {
  if (typeof properties !== "object" || properties === null) return {};
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(properties).slice(0, MAX_PROPERTIES)) {
    if (value === null || value === undefined || name === "__proto__") continue;
    const short = typeof value === "object" ? JSON.stringify(value) : value;
    kept[name.slice(0, 200)] = typeof short === "number" || typeof short === "boolean" ? short : String(short).slice(0, MAX_TEXT);
  }
  return kept;
}

const NAMES = ["name", "title", "назва", "nazva", "label", "name_uk", "name:uk"];

/** Returns what a feature of the reader's own is called, or "" when nothing tells. */
export function nameOf(properties: Record<string, unknown> | null): string {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (NAMES.includes(key.toLowerCase()) && typeof value === "string" && value.trim()) return value.trim().slice(0, 200);
  }
  return "";
}
