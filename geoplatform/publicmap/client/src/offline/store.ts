// What this device keeps: the document with the time when the server last confirmed it, and the map. Bounded, and its own caches only.
import type { Archive } from "./data";

export const DATA = "gp-offline-data";
export const MAP = "gp-offline-map";
/** When the server last said that the copy is what it has (ISO time). */
export const CHECKED = "x-geoplatform-checked";
const PATIENCE = 8000;

export interface Copy {
  raw: unknown;
  checked: Date;
}

/** Returns the kept copy, or null when there is none or it is damaged. */
export async function readCopy(address: string): Promise<Copy | null> {
  if (!("caches" in globalThis)) return null;
  try {
    const response = await (await caches.open(DATA)).match(address);
    if (!response) return null;
    return { raw: await response.json(), checked: new Date(response.headers.get(CHECKED) ?? 0) };
  } catch (error) {
    console.warn("The kept copy can't be read:", error);
    return null;
  }
}

/** Asks the server and keeps its answer; throws when it does not answer. */
export async function update(address: string): Promise<Copy> {
  const response = await fetch(address, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const body = await response.text();
  const copy = { raw: JSON.parse(body) as unknown, checked: new Date() };
  if ("caches" in globalThis) {
    try {
      const headers = { "content-type": "application/json", [CHECKED]: copy.checked.toISOString() };
      await (await caches.open(DATA)).put(address, new Response(body, { headers }));
    } catch (error) {
      console.warn("The copy can't be kept:", error);
    }
  }
  return copy;
}

/** The address under which an archive is kept: another version is another address. */
export function archiveKey(archive: Archive): string {
  return `${archive.url}?v=${archive.version}`;
}

/** Returns the archives of `wanted` that are kept, whatever their version. */
export async function keptArchives(wanted: Archive[]): Promise<{ archive: Archive; file: Blob }[]> {
  if (!("caches" in globalThis)) return [];
  const cache = await caches.open(MAP);
  const found = [];
  for (const archive of wanted) {
    const response = (await cache.match(archiveKey(archive))) ?? (await cache.match(archive.url, { ignoreSearch: true }));
    if (response) found.push({ archive, file: await response.blob() });
  }
  return found;
}

/** Keeps the map: its scripts and the archives; what is no longer wanted goes. Throws when there is no room or no answer. */
export async function keepMap(files: string[], archives: Archive[]): Promise<void> {
  const cache = await caches.open(MAP);
  const wanted = new Set([...files, ...archives.map(archiveKey)].map((name) => new URL(name, location.origin).href));
  for (const file of files) if (!(await cache.match(file))) await cache.add(file);
  for (const archive of archives) {
    if (await cache.match(archiveKey(archive))) continue;
    const response = await fetch(archive.url, { cache: "no-cache" });
    if (response.status !== 200) throw new Error(`${archive.url}: status ${response.status}`);
    await cache.put(archiveKey(archive), response);
  }
  for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
}

/** Returns whether all of the map is kept in the present versions. */
export async function mapKept(files: string[], archives: Archive[]): Promise<boolean> {
  if (!("caches" in globalThis)) return false;
  const cache = await caches.open(MAP);
  for (const name of [...files, ...archives.map(archiveKey)]) if (!(await cache.match(name))) return false;
  return true;
}
