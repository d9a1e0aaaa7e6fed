// MapLibre built from its own sources, so that the page and its worker share their common half instead of loading it twice.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Plugin } from "vite";

const HOME = path.dirname(createRequire(import.meta.url).resolve("maplibre-gl/package.json"));
const VERSION = (createRequire(import.meta.url)("maplibre-gl/package.json") as { version: string }).version;
const WORKER = "virtual:map-worker";

/** What is left out, by file. */
const WITHOUT: Record<string, string> = {
  // MapLibre Tile decoding: the platform serves Mapbox Vector Tiles only.
  "src/source/vector_tile_mlt.ts": `export class MLTVectorTile { constructor() { throw new Error("tiles of this format are not read"); } }`,
  // Our maps are flat and seen from straight above, where no sky can be. MapLibre paints it over the whole picture all the same,
  // which is half of a frame's time where the processor draws (tests/bench/test_panning.py).
  "src/webgl/draw/draw_sky.ts": "export const drawSky = () => {}; export const drawAtmosphere = () => {};",
};

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
      const gone = Object.keys(WITHOUT).filter((file) => !existsSync(path.join(HOME, file)));
      if (gone.length) this.error(`MapLibre ${VERSION} has no ${gone.join(", ")}; build/maplibre.ts leaves out what is elsewhere now`);
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
      return id.startsWith(HOME) ? (WITHOUT[path.relative(HOME, id)] ?? null) : null;
    },
  };
}
