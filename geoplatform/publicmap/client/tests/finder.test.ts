import type { Map as LibreMap } from "maplibre-gl";
import { expect, test } from "vitest";
import { Finder } from "../src/map/finder";
import type { LayerInfo } from "../src/map/settings";

test("only drawn layers and those of the reader's own are asked, without a copy of the whole style", () => {
  const asked: unknown[] = [];
  const map = {
    getLayersOrder: () => ["ground", "base/roads/line", "pharmacies/point", "hidden/point", "tool/own-1/point", "tool/draw/line"],
    queryRenderedFeatures: (...given: unknown[]) => {
      asked.push(given.at(-1));
      return [];
    },
  } as unknown as LibreMap;
  const finder = new Finder(map, (id) => (id === "pharmacies" ? ({ id } as LayerInfo) : undefined));
  expect(finder.all()).toEqual([]);
  finder.guests = { prefix: "tool/own-", name: () => "", open: () => undefined };
  expect(finder.nearest({ x: 1, y: 1 })).toBeNull();
  const own = { layers: ["pharmacies/point", "tool/own-1/point"] };
  expect(asked).toEqual([{ layers: ["pharmacies/point"] }, own, own]);
});
