import { expect, test } from "vitest";
import type { LayerInfo } from "../src/map/settings";
import { type LayerStyle, groundStyle, layerStyle, onlyFeatures, onlyThese, ownerOf, tileAddress } from "../src/map/style";

const GROUND = { land: "#eee", inside: "#fff", edge: "#000", line: "#999", text: "#111", halo: "#fff" };
const INFO: LayerInfo = {
  id: "health",
  title: "Лікарні",
  version: 7,
  geometry: "point",
  style: "/style",
  bounds: null,
  attribution: "",
  minZoom: 0,
  thinnedBelow: 0,
  name: ["name_en", "name"],
};
const STYLE: LayerStyle = {
  sources: { health: { type: "vector", tiles: ["https://elsewhere.example/{z}"], maxzoom: 16 } },
  layers: [
    { id: "health", type: "circle", source: "health", "source-layer": "health" },
    { id: "health-label", type: "symbol", source: "health", "source-layer": "health", layout: { "text-field": ["to-string", ["get", "name"]] } },
  ],
};

test("a version is part of the tiles' address", () => {
  expect(tileAddress("https://a", "health", 7)).toBe(
    "https://a/ogcapi/collections/health/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt&v=7",
  );
});

test("names of sources and layers are the layer's own, tiles come from here only", () => {
  const named = layerStyle("https://a", INFO, STYLE, GROUND);
  expect(Object.keys(named.sources)).toEqual(["health/health"]);
  expect(named.sources["health/health"]).toMatchObject({ tiles: [tileAddress("https://a", "health", 7)], maxzoom: 16 });
  expect(named.layers.map((layer) => layer.id)).toEqual(["health/health", "health/health-label"]);
  expect(named.layers.every((layer) => ownerOf(layer.id) === "health")).toBe(true);
});

test("labels take the reader's language first", () => {
  const label = layerStyle("https://a", INFO, STYLE, GROUND).layers[1];
  expect(label).toMatchObject({ layout: { "text-field": ["to-string", ["coalesce", ["get", "name_en"], ["get", "name"]]] } });
});

test("only what was found is drawn, besides the layer's own filter", () => {
  expect(onlyFeatures(undefined, undefined)).toBeNull();
  expect(onlyFeatures(undefined, [1, 2])).toEqual(["in", ["id"], ["literal", [1, 2]]]);
  expect(onlyFeatures(["==", ["get", "a"], 1], [])).toEqual(["all", ["==", ["get", "a"], 1], ["in", ["id"], ["literal", []]]]);
});

test("the ground asks for no address but our own", () => {
  const style = groundStyle("https://a", [{ id: "community_boundary", version: 1, geometry: "polygon" }], GROUND);
  expect(JSON.stringify(style).match(/https?:\/\/[^/"]+/g)).toEqual(["https://a"]);
});

test("features are named in a tile's address by the differences of their numbers, unless there are too many", () => {
  expect(onlyThese([40, 3, 41])).toBe("3.11.1");
  expect(onlyThese([])).toBeNull();
  expect(onlyThese(undefined)).toBeNull();
  expect(onlyThese(Array.from({ length: 5000 }, (_, index) => index * 1000))).toBeNull();
  expect(tileAddress("https://a", "health", 7, null, "3.11")).toMatch(/v=7&only=3\.11$/);
});
