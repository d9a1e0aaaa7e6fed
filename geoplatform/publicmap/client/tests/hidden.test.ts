import { expect, test } from "vitest";
import { notShown } from "../src/map/hidden";
import type { LayerInfo, Word } from "../src/map/settings";

const WORDS = { zoomed: "Near:", sparse: "Some:", incomplete: "Broken:" } as Record<Word, string>;

function layer(id: string, minZoom: number, thinnedBelow: number): LayerInfo {
  return { id, title: id, version: 1, geometry: "point", style: "", bounds: null, attribution: "", minZoom, thinnedBelow, name: [] };
}

test("what a far map leaves out is told, and nothing where all is shown", () => {
  const wanted = [layer("roads", 12, 0), layer("addresses", 0, 16), layer("pharmacies", 0, 0)];
  expect(notShown(wanted, 10, () => false, [], WORDS)).toBe("Near: roads. Some: addresses.");
  expect(notShown(wanted, 10, (id) => id === "addresses", [], WORDS)).toBe("Near: roads.");
  expect(notShown(wanted, 16, () => false, ["x"], WORDS)).toBe("Broken: x.");
  expect(notShown(wanted, 16, () => false, [], WORDS)).toBe("");
});
