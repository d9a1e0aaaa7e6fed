// The kept document and what can be told of it without a server: ages, states, hours, distances. Pure functions, tested alone.

export type Pair = [string, string];
export type Language = "uk" | "en";

/** What was said of a place's state; `own` is what its source says. Numbers `title` and `own` point into the document's words. */
export interface Said {
  own?: number;
  code?: string;
  title?: number;
  known?: number;
  until?: number;
  note?: string;
  note_en?: string;
  source?: string;
}

/** One facility, its columns by name. Times are epoch seconds. */
export interface Place {
  layer: number;
  id: string;
  name: string | null;
  name_en: string | null;
  kind: number | null;
  address: string | null;
  phone: string | null;
  lon: number | null;
  lat: number | null;
  open: number | null;
  hours: string | null;
  wheelchair: string | null;
  demo: number;
  state: Said | null;
}

export interface Archive {
  layer: string;
  geometry: string;
  url: string;
  version: number;
  bytes: number;
}

export interface Banner {
  severity: "info" | "warning" | "danger";
  title: Pair;
  text: Pair | null;
  until: number;
}

/** Shelter, kind, where it is in words, step-free, width of the door in cm, longitude, latitude. */
export type Entrance = [string, Pair, string | null, boolean | null, number | null, number, number];

export interface Kept {
  form: number;
  made: number;
  layers: { id: string; title: Pair; note: Pair | null; life: boolean; checked: number | null }[];
  words: Pair[];
  open: [number, number][][];
  stale_after: number;
  serving_no: string[];
  places: Place[];
  entrances: Entrance[];
  banners: Banner[];
  archives: Archive[];
}

export const FORM = 1;

/** Returns the document with its rows as objects; throws when it is of another form. */
export function decode(raw: unknown): Kept {
  const document = raw as Omit<Kept, "places"> & { columns: (keyof Place)[]; places: unknown[][] };
  if (document?.form !== FORM || !Array.isArray(document.places)) throw new Error("the kept document has another form");
  const places = document.places.map((row) => Object.fromEntries(document.columns.map((name, at) => [name, row[at]])) as unknown as Place);
  return { ...document, places };
}

export function said(pair: Pair | null | undefined, language: Language): string {
  return pair ? pair[language === "en" ? 1 : 0] : "";
}

/** Returns what a place is called in the reader's language. */
export function nameOf(place: Place, kept: Kept, language: Language): string {
  const named = language === "en" ? place.name_en ?? place.name : place.name ?? place.name_en;
  return named || (place.kind === null ? "" : said(kept.words[place.kind], language)) || `${said(kept.layers[place.layer]?.title, language)} · ${place.id}`;
}

export type Trust = "fresh" | "stale" | "ended" | "own" | "unknown";

/** Returns how far what was said of a place can be believed at `now` (epoch seconds). */
export function trustOf(place: Place, kept: Kept, now: number): Trust {
  const state = place.state;
  if (!state) return "unknown";
  if (state.code === undefined || state.known === undefined) return "own";
  if (state.until !== undefined && state.until <= now) return "ended";
  return now - state.known > kept.stale_after ? "stale" : "fresh";
}

/** Returns whether the place is open by its hours at `now`, until or from when; null when that is not known any more. */
export function openAt(spans: [number, number][] | undefined, made: number, now: number): { open: boolean; change: number | null } | null {
  const week = 6 * 86400;
  if (!spans || now < made - 86400 || now > made + week) return null;
  const present = spans.find(([from, to]) => from <= now && now < to);
  if (present) return { open: true, change: present[1] };
  const next = spans.find(([from]) => from > now);
  return { open: false, change: next ? next[0] : null };
}

/** Returns the distance in metres on the sphere. */
export function distance(a: [number, number], b: [number, number]): number {
  const radians = Math.PI / 180;
  const [dLon, dLat] = [(b[0] - a[0]) * radians, (b[1] - a[1]) * radians];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a[1] * radians) * Math.cos(b[1] * radians) * Math.sin(dLon / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Returns which of eight directions leads from `a` to `b`: 0 is north, 2 east. */
export function direction(a: [number, number], b: [number, number]): number {
  const radians = Math.PI / 180;
  const east = (b[0] - a[0]) * Math.cos(((a[1] + b[1]) / 2) * radians);
  return (Math.round(Math.atan2(east, b[1] - a[1]) / (Math.PI / 4)) + 8) % 8;
}

/** Returns the words of a search as they are compared: one apostrophe, no stress marks, lower case. */
export function normalise(text: string): string {
  return text
    .normalize("NFC")
    .replaceAll("\u0301", "")
    .replace(/['’`′ʼ‘]/g, "ʼ")
    .toLowerCase()
    .trim();
}

/** Returns the places that hold every word of `query` and lie in the layer, in their order. */
export function matching(kept: Kept, query: string, layer: number | null): Place[] {
  const words = normalise(query).split(/\s+/).filter(Boolean);
  return kept.places.filter((place) => {
    if (layer !== null && place.layer !== layer) return false;
    if (!words.length) return true;
    const kind = place.kind === null ? [] : kept.words[place.kind] ?? [];
    const text = normalise([place.name, place.name_en, place.address, ...kind, ...(kept.layers[place.layer]?.title ?? [])].filter(Boolean).join(" "));
    return words.every((word) => text.includes(word));
  });
}

/** Returns the places with the nearest to `here` first; those without a place on the ground come last. */
export function nearest(places: Place[], here: [number, number]): Place[] {
  const far = (place: Place): number =>
    place.lon === null || place.lat === null ? Infinity : distance(here, [place.lon, place.lat]);
  return places
    .map((place) => ({ place, metres: far(place) }))
    .sort((a, b) => a.metres - b.metres)
    .map(({ place }) => place);
}

export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
