import type { Map as LibreMap } from "maplibre-gl";
import { expect, test } from "vitest";
import type { LayerInfo } from "../src/map/settings";
import { type Shown, nameFound } from "../src/map/shown";

const INFO: LayerInfo = {
  id: "addresses", title: "", version: 3, geometry: "point", style: "", bounds: null, attribution: "", minZoom: 0, thinnedBelow: 16, name: [],
};

function asked(info: LayerInfo, ...wishes: (number[] | undefined)[]): string[] {
  const tiles: string[] = [];
  const map = { getSource: () => ({ setTiles: (given: string[]) => tiles.push(...given) }) } as unknown as LibreMap;
  const layer: Shown = { filters: new Map(), edition: "", only: null, style: { sources: { "addresses/x": { type: "vector" } }, layers: [] } };
  Object.assign(globalThis, { location: { origin: "https://a" } });
  for (const fids of wishes) nameFound(map, info, layer, fids);
  return tiles.map((tile) => tile.split("?")[1]!);
}

test("tiles of a large layer are asked for by what was found, once for each finding, and whole again afterwards", () => {
  expect(asked(INFO, [5, 7], [5, 7], undefined)).toEqual(["f=mvt&v=3&only=5.2", "f=mvt&v=3"]);
});

test("a small layer's tiles hold everything anyway, and what is near a device is never named", () => {
  expect(asked({ ...INFO, thinnedBelow: 0 }, [5, 7])).toEqual([]);
  expect(asked(INFO, undefined)).toEqual([]);
});
