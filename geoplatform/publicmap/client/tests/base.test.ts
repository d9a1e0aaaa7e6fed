import { expect, test } from "vitest";
import { PICTURE, baseStyle, dayAsked, pictureOf } from "../src/map/base";
import type { Base } from "../src/map/display";
import type { Photo } from "../src/map/settings";

const image = (date: string | null) => ({ date, title: date ?? "", tiles: `/tiles/${date}/{z}/{x}/{y}.png`, bounds: null });
const PHOTOS: Photo[] = [
  { id: "ortho", title: "Ortho", attribution: "City", licence: "CC-BY-4.0", minZoom: 0, maxZoom: 20, images: [image("2018-05-01"), image("2024-06-01")] },
  { id: "base.region", title: "Region", attribution: "Others", licence: "ODbL-1.0", minZoom: 0, maxZoom: 18, images: [image(null)] },
];
const GROUND = { land: "#fff", inside: "#fff", edge: "#000", line: "#000", text: "#000", halo: "#fff" };

test.each<[Base, string | null, string | null | undefined]>([
  ["photo:ortho", null, "2024-06-01"],
  ["photo:ortho", "2024-06-01", "2024-06-01"],
  ["photo:ortho", "2024-05-31", "2018-05-01"],
  ["photo:ortho", "2001-01-01", "2018-05-01"],
  ["photo:ortho.2018-05-01", "2026-01-01", "2018-05-01"],
  ["photo:base.region", "2001-01-01", null],
  ["photo:ortho.2019-01-01", null, undefined],
  ["photo:gone", null, undefined],
  ["dark", null, undefined],
])("%s as of %s is the image of %s", (base, asOf, date) => {
  expect(pictureOf(base, PHOTOS, asOf)?.image.date).toBe(date);
});

test("a picture lies over our own ground, as opaque as is wished; one that is not offered leaves the ground", () => {
  const roads = [{ id: "roads", version: 1, geometry: "line" as const }];
  const style = baseStyle("https://a", "photo:ortho", roads, PHOTOS, GROUND, { asOf: "2020-01-01", opacity: 40 });
  expect(style.layers.at(-1)).toMatchObject({ id: PICTURE, paint: { "raster-opacity": 0.4 } });
  expect(style.sources[PICTURE]).toMatchObject({ tiles: ["https://a/tiles/2018-05-01/{z}/{x}/{y}.png"], maxzoom: 20 });
  expect(Object.keys(style.sources)).toContain("base/roads");
  expect(Object.keys(baseStyle("https://a", "photo:gone", roads, PHOTOS, GROUND).sources)).toEqual(["base/roads"]);
  expect(Object.keys(baseStyle("https://a", "none", roads, PHOTOS, GROUND).sources)).toEqual([]);
});

test("the day that an address asks for is read from its last moment", () => {
  expect(dayAsked("?asof=2020-01-01T10:00")).toBe("2020-01-01");
  expect(dayAsked("?asof=2020-01-01&asof=")).toBe("2020-01-01");
  expect(dayAsked("?layer=a")).toBe(null);
});
