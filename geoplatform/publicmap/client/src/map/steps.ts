// Going from place to place on the map without a pointer: which places are in view, and in which order.
import type { Geometry } from "geojson";

export interface Place {
  layer: string;
  id: string;
  name: string;
  /** Longitude and latitude of a point on the place. */
  at: [number, number];
}

/** Places in the order of steps; `more`: there are others in view besides. */
export interface Walk {
  places: Place[];
  more: boolean;
}

/** Returns the places from the middle of the view outwards, each once, at most `limit` of them. */
export function inOrder(places: Place[], centre: [number, number], limit = 200): Walk {
  const once = new Map(places.map((place) => [keyOf(place), place]));
  const shrink = Math.cos((centre[1] * Math.PI) / 180);
  const away = (place: Place) => ((place.at[0] - centre[0]) * shrink) ** 2 + (place.at[1] - centre[1]) ** 2;
  const all = [...once.values()].sort((a, b) => away(a) - away(b) || a.id.localeCompare(b.id));
  return { places: all.slice(0, limit), more: all.length > limit };
}

/** Returns what tells a place from all others. */
export function keyOf(place: Place): string {
  return `${place.layer}:${place.id}`;
}

/** Returns the index after a step from `current` (-1: none yet), going round at the ends. */
export function step(current: number, by: 1 | -1, count: number): number {
  if (count === 0) return -1;
  if (current < 0) return by === 1 ? 0 : count - 1;
  return (current + by + count) % count;
}

/** Returns a point of a GeoJSON geometry, where to point at it: its first position. */
export function anchorOf(geometry: Geometry): [number, number] | null {
  if (geometry.type === "GeometryCollection") {
    const first = geometry.geometries[0];
    return first ? anchorOf(first) : null;
  }
  let position: unknown = geometry.coordinates;
  while (Array.isArray(position) && Array.isArray(position[0])) position = position[0];
  return Array.isArray(position) && typeof position[0] === "number" && typeof position[1] === "number"
    ? [position[0], position[1]]
    : null;
}
