// Map services of other sites: asked within a time, and read with suspicion.
import { Refusal } from "./check";

export const SECONDS = 10;
const MAX_CAPABILITIES = 20_000_000;
export const MAX_LISTED = 500;

/** A layer that a service offers. `tiles`: the template of its tiles' address; `zooms`: the first and the last that it has, if it says so. */
export interface Offered {
  name: string;
  title: string;
  tiles: string;
  attribution: string;
  zooms?: [number, number];
}

/** Returns the address if it may be asked: https, or this very site. Raises Refusal. */
export function soundAddress(text: string, own: string = location.origin): URL {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new Refusal("badAddress");
  }
  if ((url.protocol !== "https:" && url.origin !== own) || url.username || url.password) throw new Refusal("badAddress");
  return url;
}

/** Returns the text that an address answers with, at most `most` bytes of it. Raises Refusal. */
export async function fetchText(url: URL, most = MAX_CAPABILITIES, milliseconds = SECONDS * 1000): Promise<string> {
  const asked = new AbortController();
  const timer = setTimeout(() => asked.abort(), milliseconds);
  try {
    // No cookie and no page address of ours goes along.
    const response = await fetch(url, { signal: asked.signal, credentials: "omit", referrerPolicy: "no-referrer" });
    if (!response.ok) throw new Refusal("status", { status: response.status });
    const text = await limited(response, most);
    if ((response.headers.get("content-type") ?? "").includes("html") || /^\s*(?:<!doctype html|<html)/i.test(text.slice(0, 500))) {
      throw new Refusal("html");
    }
    return text;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (asked.signal.aborted) throw new Refusal("hangs", { seconds: Math.round(milliseconds / 1000) });
    console.warn("The service can't be reached:", error);
    throw new Refusal("refused");
  } finally {
    clearTimeout(timer);
  }
}

async function limited(response: Response, most: number): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > most) {
      await reader.cancel();
      throw new Refusal("tooLarge", { size: Math.ceil(size / 1_000_000), limit: Math.round(most / 1_000_000) });
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Returns the text of a file of at most `megabytes` at an address. Raises Refusal. */
export function fetchFile(url: URL, megabytes: number): Promise<string> {
  return fetchText(url, megabytes * 1_000_000, 3 * SECONDS * 1000);
}

/** Returns the address of a WMS's or WMTS's capabilities. */
export function capabilitiesAddress(address: URL, service: "WMS" | "WMTS"): URL {
  const url = new URL(address);
  for (const name of [...url.searchParams.keys()]) {
    if (/^(service|request|version|layers|bbox|width|height|crs|srs|format|styles)$/i.test(name)) url.searchParams.delete(name);
  }
  url.searchParams.set("SERVICE", service);
  url.searchParams.set("REQUEST", "GetCapabilities");
  return url;
}

/** Returns an answer's XML. Raises Refusal, with the service's words where it answers with a fault. */
export function parsed(text: string): Document {
  const document = new DOMParser().parseFromString(text, "application/xml");
  if (document.querySelector("parsererror")) throw new Refusal("notXml");
  const fault = document.querySelector("ServiceException, ExceptionText");
  if (fault) throw new Refusal("fault", { text: (fault.textContent ?? "").trim().slice(0, 300) });
  return document;
}

/** Returns an element's children of that name, whatever their namespace. */
export function children(element: Element | null, name: string): Element[] {
  return [...(element?.children ?? [])].filter((one) => one.localName === name);
}

/** Returns the text of an element's first child of that name, "" where there is none. */
export function child(element: Element | null, name: string): string {
  return (children(element, name)[0]?.textContent ?? "").trim();
}

/** Reads a WMS's capabilities: the layers that can be drawn in Web Mercator. Raises Refusal. */
export function wmsLayers(text: string, address: URL, own: string = location.origin): Offered[] {
  const document = parsed(text);
  const root = document.documentElement;
  if (!/^(WMS_Capabilities|WMT_MS_Capabilities)$/.test(root.localName)) throw new Refusal("wrongRoot", { kind: "WMS" });
  const modern = (root.getAttribute("version") ?? "").startsWith("1.3");
  const stated = document.querySelector("Capability > Request > GetMap OnlineResource");
  const href = stated?.getAttribute("xlink:href") ?? stated?.getAttributeNS("http://www.w3.org/1999/xlink", "href") ?? "";
  const base = mapAddress(href, address, own);
  const offered: Offered[] = [];
  const visit = (layer: Element, systems: Set<string>, credit: string): void => {
    const known = new Set(systems);
    for (const one of layer.children) {
      if (one.localName === "CRS" || one.localName === "SRS") for (const code of (one.textContent ?? "").split(/\s+/)) known.add(code.toUpperCase());
    }
    const name = child(layer, "Name");
    const attribution = child(children(layer, "Attribution")[0] ?? null, "Title") || credit;
    if (name && known.has("EPSG:3857") && offered.length < MAX_LISTED) {
      offered.push({ name, title: child(layer, "Title") || name, tiles: wmsTiles(base, name, modern), attribution });
    }
    for (const one of layer.children) if (one.localName === "Layer") visit(one, known, attribution);
  };
  for (const layer of document.querySelectorAll("Capability > Layer")) visit(layer, new Set(), "");
  if (!offered.length) throw new Refusal("noLayers");
  return offered;
}

/** The address that the service states for maps, unless it leads where we don't follow. */
function mapAddress(stated: string, asked: URL, own: string): URL {
  const fallback = new URL(asked.origin + asked.pathname);
  try {
    const url = stated ? new URL(stated, asked) : fallback;
    return soundAddress(secured(url.href, asked), own);
  } catch {
    return fallback;
  }
}

/** Returns an address that a service states, with https where it was asked so itself: behind a proxy it often doesn't know that. */
export function secured(stated: string, asked: URL): string {
  const plain = `http://${asked.hostname}`;
  const same = asked.protocol === "https:" && stated.startsWith(plain) && /^[:/?]/.test(stated.slice(plain.length));
  return same ? `https://${stated.slice("http://".length)}` : stated;
}

function wmsTiles(base: URL, layer: string, modern: boolean): string {
  const url = new URL(base);
  const parameters = {
    SERVICE: "WMS",
    VERSION: modern ? "1.3.0" : "1.1.1",
    REQUEST: "GetMap",
    LAYERS: layer,
    STYLES: "",
    [modern ? "CRS" : "SRS"]: "EPSG:3857",
    WIDTH: "256",
    HEIGHT: "256",
    FORMAT: "image/png",
    TRANSPARENT: "TRUE",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return `${url.href}&BBOX={bbox-epsg-3857}`;
}

/** Returns a template of tiles with {z} (or {zz}: two digits), {x} and {y}; WMTS's names are understood. Raises Refusal. */
export function tileTemplate(text: string, own: string = location.origin): string {
  const template = text
    .trim()
    .replace(/\{tilematrix\}/gi, "{z}")
    .replace(/\{tilerow\}/gi, "{y}")
    .replace(/\{tilecol\}/gi, "{x}");
  soundAddress(tileAt(template, 0, 0, 0), own);
  if (![/\{zz?\}/, /\{x\}/, /\{y\}/].every((part) => part.test(template))) throw new Refusal("badTemplate");
  return template;
}

function tileAt(template: string, zoom: number, x: number, y: number): string {
  return template
    .replaceAll("{zz}", String(zoom).padStart(2, "0"))
    .replaceAll("{z}", String(zoom))
    .replaceAll("{x}", String(x))
    .replaceAll("{y}", String(y));
}

/**
 * Asks for one tile, so that a service that hangs or answers with a page is found out before it is on the map: that of its first
 * `zoom` over `at` (longitude and latitude). Raises Refusal.
 */
export async function probe(tiles: string, zoom = 0, at: [number, number] = [0, 0], milliseconds = SECONDS * 1000): Promise<void> {
  const half = 20037508.342789244;
  const latitude = (Math.max(-85, Math.min(85, at[1])) * Math.PI) / 180;
  const column = Math.floor((at[0] / 360 + 0.5) * 2 ** zoom);
  const row = Math.floor((0.5 - Math.asinh(Math.tan(latitude)) / (2 * Math.PI)) * 2 ** zoom);
  const address = tileAt(tiles, zoom, column, row).replace("{bbox-epsg-3857}", `${-half},${-half},${half},${half}`);
  const asked = new AbortController();
  const timer = setTimeout(() => asked.abort(), milliseconds);
  try {
    const response = await fetch(address, { signal: asked.signal, credentials: "omit", referrerPolicy: "no-referrer" });
    const kind = response.headers.get("content-type") ?? "";
    if (kind.includes("html")) throw new Refusal("html");
    if (kind.includes("xml")) throw new Refusal("fault", { text: faultText(await limited(response, 100_000)) });
    // Tiles of a city know no zoom 0: that a tile is missing there is no fault.
    if (!response.ok && response.status !== 404 && response.status !== 204) throw new Refusal("status", { status: response.status });
    await response.body?.cancel();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (asked.signal.aborted) throw new Refusal("hangs", { seconds: Math.round(milliseconds / 1000) });
    console.warn("The service can't be reached:", error);
    throw new Refusal("refused");
  } finally {
    clearTimeout(timer);
  }
}

function faultText(xml: string): string {
  const document = new DOMParser().parseFromString(xml, "application/xml");
  return (document.documentElement.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 300);
}
