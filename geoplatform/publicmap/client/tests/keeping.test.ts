import { beforeEach, expect, test, vi } from "vitest";
import { type Checked, readGeoJson } from "../src/map/own/check";
import { type Drawn, MOST_DRAWN, MOST_OWN, type Own, keepDrawn, keepLayers, kept } from "../src/map/own/keeping";
import { nextColour } from "../src/map/own/paint";
import { anyKept, forget } from "../src/map/own/session";
import { described, drawnEntries, layerEntries, namesOf } from "../src/map/own/signs";

const HERE = "http://localhost:8000";
const WORDS = {
  point: "Точка", line: "Лінія", area: "Ділянка", length: "довжина %(value)s", perimeter: "периметр %(value)s", surface: "площа %(value)s",
  m: "%(number)s м", km: "%(number)s км", m2: "%(number)s м²", ha: "%(number)s га", km2: "%(number)s км²",
  featuresOf: "%(name)s (%(count)s)", picturesOf: "%(name)s: %(owner)s", withOwn: "%(map)s. Ще: %(items)s", moreInLegend: "та ще %(count)s",
};
const LINE: Drawn = { geometry: { type: "LineString", coordinates: [[32, 48], [32, 48.01]] }, note: " Шлях <b> " };
const POINT: Drawn = { geometry: { type: "Point", coordinates: [32.26, 48.51] }, note: "" };

/** A session's storage with room for so many characters, as browsers have. */
class Shelf {
  readonly items = new Map<string, string>();
  constructor(private readonly room = 5_000_000) {}
  getItem(name: string): string | null {
    return this.items.get(name) ?? null;
  }
  setItem(name: string, text: string): void {
    if (text.length > this.room) throw new DOMException("no room", "QuotaExceededError");
    this.items.set(name, text);
  }
  removeItem(name: string): void {
    this.items.delete(name);
  }
}

let shelf = new Shelf();
beforeEach(() => {
  shelf = new Shelf();
});

function layer(title: string, names: string[], colour = 0): Own {
  const features = names.map((name) => ({ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: [32, 48] } }));
  return { title, colour, content: { kind: "features", checked: readGeoJson(JSON.stringify({ type: "FeatureCollection", features })) } };
}

function pictures(tiles: string): Own {
  return { title: "Рельєф", colour: 1, content: { kind: "tiles", tiles, attribution: "maps.example" } };
}

test("drawing and layers come back as they were, and are gone when they are forgotten", () => {
  expect(anyKept(shelf)).toBe(false);
  const services = [pictures("https://maps.example/wms?BBOX={bbox-epsg-3857}"), pictures("https://maps.example/{zz}/{x}/{y}.png#{z}")];
  const layers = [layer("places.geojson", ["А", "Б"], 4), ...services];
  expect(keepDrawn([LINE, POINT], shelf)).toBe(0);
  expect(keepLayers(layers, shelf)).toEqual([]);
  expect(anyKept(shelf)).toBe(true);
  expect(kept(shelf, HERE)).toEqual({ drawn: [LINE, POINT], layers, left: [], leftShapes: 0 });
  forget(shelf);
  expect(shelf.items.size).toBe(0);
  expect(kept(shelf, HERE)).toEqual({ drawn: [], layers: [], left: [], leftShapes: 0 });
});

test("the zooms of a service are kept, those that can't be are left out", () => {
  const service = pictures("https://maps.example/{z}/{x}/{y}.png");
  const content = { ...service.content, zooms: [8, 18] } as Own["content"];
  keepLayers([{ ...service, content }], shelf);
  expect(kept(shelf, HERE).layers[0]?.content).toEqual(content);
  for (const zooms of ["8,18", [18, 8], [-1, 5], [0, 99], [null], {}]) {
    keepLayers([{ ...service, content: { ...service.content, zooms } as unknown as Own["content"] }], shelf);
    expect(kept(shelf, HERE).layers[0]?.content).toEqual(service.content);
  }
});

test("nothing is kept where there is nothing", () => {
  keepDrawn([POINT], shelf);
  keepLayers([layer("a", ["А"])], shelf);
  keepDrawn([], shelf);
  keepLayers([], shelf);
  expect(shelf.items.size).toBe(0);
});

test("what is too large is named, and the rest is kept within the limit", () => {
  const large = layer("large.geojson", Array.from({ length: 2000 }, (_none, index) => `${index}`.padEnd(1900, "я")));
  const half = layer("half.geojson", Array.from({ length: 650 }, (_none, index) => `${index}`.padEnd(1900, "я")));
  const rest = layer("other.geojson", Array.from({ length: 650 }, (_none, index) => `${index}`.padEnd(1900, "я")));
  const small = layer("small.geojson", ["А"]);
  expect(keepLayers([large, half, rest, small], shelf)).toEqual([large, rest]);
  const found = kept(shelf, HERE);
  expect(found.layers.map((one) => one.title)).toEqual(["half.geojson", "small.geojson"]);
  expect(found.left).toEqual(["large.geojson", "other.geojson"]);
  expect([...shelf.items.values()][0]!.length).toBeLessThan(MOST_OWN + 1000);

  const long: Drawn = { geometry: { type: "LineString", coordinates: Array.from({ length: 30_000 }, (_none, index) => [32 + index / 1e6, 48.123456]) }, note: "" };
  expect(keepDrawn([POINT, long, LINE], shelf)).toBe(1);
  expect(kept(shelf, HERE)).toMatchObject({ drawn: [POINT, LINE], leftShapes: 1 });
  expect(shelf.getItem("geoplatform-drawn")!.length).toBeLessThan(MOST_DRAWN);
});

test("a browser without room, or without a storage, keeps nothing and says so", () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const narrow = new Shelf(200);
  const layers = [layer("a", ["А".repeat(300)]), layer("b", ["Б"])];
  expect(keepLayers(layers, narrow)).toEqual(layers);
  expect(kept(narrow, HERE)).toMatchObject({ layers: [], left: ["a", "b"] });
  expect(keepDrawn([LINE, LINE, LINE], narrow)).toBe(3);
  expect(narrow.items.has("geoplatform-drawn")).toBe(false);
  expect(keepLayers(layers, null)).toEqual(layers);
  expect(keepDrawn([LINE], null)).toBe(1);
  expect(anyKept(null)).toBe(false);
});

test.each([
  "{",
  "null",
  "7",
  '{"layers":{},"features":7,"left":"x"}',
  '{"layers":[null,1,{"title":"a"},{"title":1,"colour":0,"kind":"tiles"},{"title":"b","colour":-1,"kind":"features","features":[]}],"left":[1,null]}',
  '{"layers":[{"title":"a","colour":0,"kind":"tiles","tiles":"javascript:alert(1)","attribution":""}]}',
  '{"layers":[{"title":"a","colour":0,"kind":"tiles","tiles":"http://other.example/{z}/{x}/{y}","attribution":""}]}',
  '{"features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[500000,5]},"properties":{}}]}',
  '{"features":[{"type":"Feature","geometry":{"type":"MultiPoint","coordinates":[[1,2]]},"properties":{}}]}',
])("what is not sound in the storage is left out: %s", (text) => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  shelf.setItem("geoplatform-drawn", text);
  shelf.setItem("geoplatform-own", text);
  expect(kept(shelf, HERE)).toEqual({ drawn: [], layers: [], left: [], leftShapes: 0 });
});

test("a new layer has a colour that no other has, while there is one", () => {
  expect(nextColour([])).toBe(0);
  expect(nextColour([layer("a", ["А"], 0), layer("b", ["Б"], 2)])).toBe(1);
  expect(nextColour([3, 1, 0, 2, 4].map((colour) => layer("a", ["А"], colour)))).toBe(3);
});

test("the sheet tells each shape with measure and note, each layer with its signs, and describes them", () => {
  const drawn = drawnEntries([LINE, POINT], WORDS, "uk");
  expect(drawn.map((one) => one.text)).toEqual(["Лінія 1: довжина 1,1 км: Шлях <b>", "Точка 2"]);
  expect(drawn.map((one) => one.signs)).toEqual([["line"], ["point"]]);
  const checked: Checked = readGeoJson('{"type":"GeometryCollection","geometries":[{"type":"MultiPolygon","coordinates":[]},{"type":"Point","coordinates":[1,2]}]}');
  const mixed: Own = { title: "m", colour: 6, content: { kind: "features", checked } };
  const added = layerEntries([mixed, pictures("https://maps.example/{z}/{x}/{y}.png")], WORDS, "uk");
  expect(added.map((one) => [one.text, one.signs, one.colour])).toEqual([
    ["m (2)", ["area", "point"], "#1565c0"],
    ["Рельєф: maps.example", ["picture"], "#555555"],
  ]);
  expect(described("Карта", [], WORDS)).toBe("Карта");
  expect(described("Карта", [...drawn, ...added], WORDS, 3)).toBe("Карта. Ще: Лінія 1: довжина 1,1 км: Шлях <b>; Точка 2; m (2); та ще 1");
  expect(namesOf(layer("a", ["А", "А", "", "Б", "В"]), 2)).toEqual({ names: ["А", "Б"], more: 1 });
});
