// What the server tells the client: the page's settings and the answers to its queries.

export type Bounds = [number, number, number, number];

/** A layer that can be drawn. `name`: the tile's columns that hold a feature's name, best first. */
export interface LayerInfo {
  id: string;
  title: string;
  version: number;
  geometry: "point" | "multipoint" | "line" | "polygon";
  style: string;
  bounds: Bounds | null;
  attribution: string;
  /** Below this zoom the layer is not drawn. */
  minZoom: number;
  /** Below this zoom only some of its features are in a tile that does not name those it is to hold; 0: all always are. */
  thinnedBelow: number;
  /** Its features serve vulnerable people. */
  critical?: boolean;
  name: string[];
  /** The instant of the past that is shown, as the tiles' address has it; null for the present. */
  at?: string | null;
}

/** A layer drawn quietly below all others so that people find their way. */
export interface BaseLayer {
  id: string;
  version: number;
  geometry: LayerInfo["geometry"];
}

/** A picture that may lie below the layers. images: its dates, oldest first; an external map has one without a date. */
export interface Photo {
  id: string;
  title: string;
  attribution: string;
  licence: string;
  minZoom: number;
  maxZoom: number;
  images: PhotoImage[];
}

/** One date of a picture. title: the date in words; `tiles`: a template of paths on this site. */
export interface PhotoImage {
  date: string | null;
  title: string;
  tiles: string;
  bounds: Bounds | null;
}

export interface Settings {
  language: "uk" | "en";
  map: string;
  results: string;
  layers: LayerInfo[];
  base: BaseLayer[];
  chosen: string[];
  filtered: boolean;
  bounds: Bounds | null;
  community: Bounds;
  words: Record<Word, string>;
  /** Of a page that shows one answer and asks no more: its pictures, and what its filter found. */
  photos?: Photo[];
  fids?: Record<string, number[]>;
  catchment?: GeoJSON.Geometry | null;
}

export type Word =
  | "map"
  | "zoomIn"
  | "zoomOut"
  | "locate"
  | "locateDenied"
  | "fit"
  | "open"
  | "none"
  | "ofMore"
  | "zoomed"
  | "sparse"
  | "failed"
  | "incomplete"
  | "offline"
  | "attribution";

/** The answer to one query: the list as HTML, and what the map is to draw. */
export interface Results {
  address: string;
  /** The address that the words were read as, when they were a wish («найближча відкрита аптека»); else null. */
  instead: string | null;
  summary: string;
  /** How many layers are chosen, in words. */
  chosen: string;
  html: string;
  categories: string;
  filters: string;
  layers: string[];
  fids: Record<string, number[]>;
  /** What was found tells where the device is. */
  private: boolean;
  /** What can be reached on foot, where that was asked for. */
  catchment: GeoJSON.Geometry | null;
  bounds: Bounds | null;
  demonstration: boolean;
  published: LayerInfo[];
}

/** Reads the settings that the page carries. */
export function readSettings(): Settings {
  const element = document.getElementById("map-settings");
  if (!element?.textContent) throw new Error("the page carries no map settings");
  return JSON.parse(element.textContent) as Settings;
}

/** Returns the page's element with this id, which its template promises. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element as T;
}
