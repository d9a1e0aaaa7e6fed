// Maki's icons as files of their own, with a list of their names: a style's icon is fetched when it is first drawn.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);
const HOME = path.join(path.dirname(require.resolve("@mapbox/maki/package.json")), "icons");
const { version } = require("@mapbox/maki/package.json") as { version: string };
const ICONS = "virtual:icons";

/** Puts the icons into `assets/maki-<version>/` and gives `virtual:icons` their folder (from a bundle's address) and names. */
export function icons(): Plugin {
  const names = readdirSync(HOME)
    .filter((file) => file.endsWith(".svg"))
    .map((file) => file.slice(0, -4));
  let building = false;
  const folder = `maki-${version}`;
  return {
    name: "icons",
    configResolved(config) {
      building = config.command === "build";
    },
    buildStart() {
      if (!building) return;
      for (const name of names) {
        this.emitFile({ type: "asset", fileName: `assets/${folder}/${name}.svg`, source: readFileSync(path.join(HOME, `${name}.svg`)) });
      }
    },
    resolveId(name) {
      return name === ICONS ? `\0${ICONS}` : null;
    },
    load(id) {
      if (id !== `\0${ICONS}`) return null;
      return `export const folder = ${JSON.stringify(`./${folder}/`)};\nexport const names = ${JSON.stringify(names.join(" "))}.split(" ");`;
    },
  };
}
