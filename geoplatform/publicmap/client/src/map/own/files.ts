// Files of the reader's own: read here, sent nowhere.
import type { FeatureCollection } from "geojson";
import { type Checked, MAX_MEGABYTES, Refusal, checked } from "./check";
import type { Read } from "./reader";

/** XML is read on the page's own thread, so less of it is taken. */
const MAX_XML_MEGABYTES = 10;

export type Kind = "geojson" | "kml" | "gpx";

/** Returns the features of a file, by its name's ending: GeoJSON, KML or GPX. Raises Refusal. */
export async function readFile(file: File): Promise<Checked> {
  const ending = /\.(geojson|json|kml|gpx)$/i.exec(file.name)?.[1]?.toLowerCase();
  if (!ending) throw new Refusal("unknownKind");
  const kind = ending === "json" ? "geojson" : (ending as Kind);
  const limit = mostMegabytes(kind);
  if (file.size > limit * 1_000_000) throw new Refusal("tooLarge", { size: Math.ceil(file.size / 1_000_000), limit });
  let text: string;
  try {
    text = await file.text();
  } catch (error) {
    console.error("The file can't be read:", error);
    throw new Refusal("unreadable");
  }
  return readText(text, kind);
}

/** Returns how large a file of that kind may be. */
export function mostMegabytes(kind: Kind): number {
  return kind === "geojson" ? MAX_MEGABYTES : MAX_XML_MEGABYTES;
}

/** Returns the features of a file's text. Raises Refusal. */
export function readText(text: string, kind: Kind): Promise<Checked> {
  return kind === "geojson" ? readInWorker(text) : readXml(text, kind);
}

/** Returns the features of a GeoJSON text, read in a worker. Raises Refusal. */
function readInWorker(text: string): Promise<Checked> {
  const worker = new Worker(new URL("./reader.ts", import.meta.url), { type: "module" });
  return new Promise<Checked>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<Read>) => {
      if (event.data.ok) resolve(event.data.checked);
      else reject(new Refusal(event.data.code, event.data.values));
    };
    worker.onerror = (event) => {
      console.error("The reader of files failed:", event.message);
      reject(new Refusal("unreadable"));
    };
    worker.postMessage(text);
  }).finally(() => worker.terminate());
}

/** Returns the features of a KML or GPX text. A DOMParser loads nothing from elsewhere and runs nothing. Raises Refusal. */
export async function readXml(text: string, kind: "kml" | "gpx"): Promise<Checked> {
  // An entity can grow to any size; no honest file of these kinds declares one.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.slice(0, 4096))) throw new Refusal("notXml");
  const document = new DOMParser().parseFromString(text.replace(/^\uFEFF/, ""), "application/xml");
  if (document.querySelector("parsererror")) throw new Refusal("notXml");
  if (document.documentElement.localName.toLowerCase() !== kind) throw new Refusal("wrongRoot", { kind: kind.toUpperCase() });
  const reading = await import("@tmcw/togeojson");
  const found = (kind === "kml" ? reading.kml(document) : reading.gpx(document)) as FeatureCollection;
  return checked(found);
}
