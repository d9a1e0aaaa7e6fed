// MapLibre built from its own sources, so that the page and its worker share their common half instead of loading it twice.
import { createRequire } from "node:module";
import path from "node:path";
import type { Plugin } from "vite";

const HOME = path.dirname(createRequire(import.meta.url).resolve("maplibre-gl/package.json"));
const VERSION = (createRequire(import.meta.url)("maplibre-gl/package.json") as { version: string }).version;
const WORKER = "virtual:map-worker";

/** Left out: MapLibre Tile decoding. The platform serves Mapbox Vector Tiles only. */
const WITHOUT = `export class MLTVectorTile { constructor() { throw new Error("tiles of this format are not read"); } }`;

/**
 * Resolves `maplibre-gl` to its sources and `virtual:map-worker` to the address of the worker's script.
 *
 * The published bundles (page and worker) hold 442 kB gzip, a third of it twice.
 */
export function maplibre(): Plugin {
  let worker = "";
  return {
    name: "maplibre",
    enforce: "pre",
    apply: "build",
    buildStart() {
      worker = this.emitFile({ type: "chunk", id: path.join(HOME, "src/source/worker.ts"), name: "map-worker" });
    },
    resolveId(name) {
      if (name === "maplibre-gl") return path.join(HOME, "src/index.ts");
      if (name === WORKER) return `\0${WORKER}`;
      return null;
    },
    load(id) {
      if (id === `\0${WORKER}`) return `export default import.meta.ROLLUP_FILE_URL_${worker};`;
      // Of its package's description MapLibre wants the version alone.
      if (id === path.join(HOME, "package.json")) return JSON.stringify({ version: VERSION });
      if (id === path.join(HOME, "src/source/vector_tile_mlt.ts")) return WITHOUT;
      return null;
    },
  };
}
