import { expect, test } from "vitest";
import { MAX_FEATURES, Refusal, nameOf, readGeoJson } from "../src/map/own/check";
import { capabilitiesAddress, fetchText, probe, soundAddress, tileTemplate } from "../src/map/own/services";
import { embedCode } from "../src/map/tools/share";
import { matches } from "../src/map/tree";
import { filled } from "../src/map/words";
import { refusal } from "./refusal";

const HERE = "http://localhost:8000";

async function refused(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => "",
    (error: unknown) => (error instanceof Refusal ? error.code : Promise.reject(error)),
  );
}

test("features of every form are taken, collections in their parts", () => {
  const { data, bounds } = readGeoJson(
    `\uFEFF${JSON.stringify({
      type: "FeatureCollection",
      features: [
        { type: "Feature", properties: null, geometry: { type: "Point", coordinates: [32, 48] } },
        { type: "Feature", properties: {}, geometry: { type: "GeometryCollection", geometries: [{ type: "LineString", coordinates: [[31, 47], [33, 49]] }] } },
        { type: "Feature", properties: {}, geometry: null },
      ],
    })}`,
  );
  expect(data.features.map((one) => one.geometry.type)).toEqual(["Point", "LineString"]);
  expect(bounds).toEqual([31, 47, 33, 49]);
});

test("properties become plain: nothing nested, nothing endless, no prototype", () => {
  const properties = JSON.parse(`{"__proto__": {"x": 1}, "a": {"b": 1}, "long": "${"x".repeat(9000)}", "s": "<script>alert(1)</script>", "none": null}`);
  const { data } = readGeoJson(JSON.stringify({ type: "Feature", properties, geometry: { type: "Point", coordinates: [1, 2] } }));
  const kept = data.features[0]!.properties!;
  expect(kept["a"]).toBe('{"b":1}');
  expect(String(kept["long"]).length).toBe(2000);
  expect(kept["s"]).toBe("<script>alert(1)</script>");
  expect(Object.keys(kept)).toEqual(["a", "long", "s"]);
});

test.each([
  ["{", "notJson"],
  ["[]", "notGeoJson"],
  ["null", "notGeoJson"],
  ['{"type":"Topology"}', "notGeoJson"],
  ['{"type":"FeatureCollection","features":[]}', "nothing"],
  ['{"type":"FeatureCollection","features":[null,1,{"geometry":{"type":"Circle","coordinates":[1,2]}}]}', "nothing"],
  ['{"type":"Point","coordinates":[500000,5000000]}', "badCoordinates"],
  ['{"type":"Point","coordinates":["1","2"]}', "badCoordinates"],
  ['{"type":"LineString","coordinates":[1,2]}', "badCoordinates"],
])("%s is refused: %s", (text, code) => {
  expect(refusal(() => readGeoJson(text))).toBe(code);
});

test("more features than can be drawn are refused with their number", () => {
  const one = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}';
  const text = `{"type":"FeatureCollection","features":[${Array(MAX_FEATURES + 1).fill(one).join(",")}]}`;
  expect(refusal(() => readGeoJson(text))).toBe("tooMany");
});

test("a feature is called by the usual columns", () => {
  expect(nameOf({ id: 1, Назва: " Парк " })).toBe("Парк");
  expect(nameOf({ name: 7 })).toBe("");
  expect(nameOf(null)).toBe("");
});

test.each(["", "nothing", "http://maps.example/wms", "ftp://maps.example", "https://user:pass@maps.example/", "javascript:alert(1)", "//maps.example"])(
  "%s is no address that is asked",
  (address) => {
    expect(refusal(() => soundAddress(address, HERE))).toBe("badAddress");
  },
);

test("https and this site itself are asked", () => {
  expect(soundAddress(" https://maps.example/wms?map=1 ", HERE).href).toBe("https://maps.example/wms?map=1");
  expect(soundAddress(`${HERE}/wms`, HERE).href).toBe(`${HERE}/wms`);
});

test("the address of capabilities keeps what is the server's own", () => {
  const url = capabilitiesAddress(new URL("https://m.example/s?map=a.map&request=GetMap&LAYERS=x"), "WMS");
  expect(url.search).toBe("?map=a.map&SERVICE=WMS&REQUEST=GetCapabilities");
});

test("templates of tiles are understood in both spellings", () => {
  expect(tileTemplate("https://t.example/{TileMatrix}/{TileRow}/{TileCol}.png", HERE)).toBe("https://t.example/{z}/{y}/{x}.png");
  expect(refusal(() => tileTemplate("https://t.example/{z}/{x}.png", HERE))).toBe("badTemplate");
  expect(refusal(() => tileTemplate("http://t.example/{z}/{x}/{y}.png", HERE))).toBe("badAddress");
});

test("a service that hangs, fails or answers with a page is told apart", async () => {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    if (request.url === "/hang") return;
    if (request.url === "/fail") response.statusCode = 500;
    if (request.url === "/page") response.setHeader("content-type", "text/html");
    if (request.url === "/sly") response.setHeader("content-type", "application/xml");
    response.end(request.url === "/long" ? "x".repeat(5000) : "<!doctype html><p>login</p>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const at = (path: string): URL => new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}${path}`);
  try {
    expect(await refused(fetchText(at("/hang"), 1000, 200))).toBe("hangs");
    expect(await refused(fetchText(at("/fail")))).toBe("status");
    expect(await refused(fetchText(at("/page")))).toBe("html");
    expect(await refused(fetchText(at("/sly")))).toBe("html");
    expect(await refused(fetchText(at("/long"), 1000))).toBe("tooLarge");
    expect(await refused(probe(at("/hang").href, 0, [0, 0], 200))).toBe("hangs");
    expect(await refused(probe(at("/page").href))).toBe("html");
  } finally {
    server.closeAllConnections();
    server.close();
  }
  expect(await refused(fetchText(at("/gone"), 1000, 500))).toBe("refused");
});

test("code for another site stays inside its quotes", () => {
  expect(embedCode('https://a/?q="><script>', "A & <b>")).toBe(
    '<iframe src="https://a/?q=&#34;&#62;&#60;script&#62;" title="A &#38; &#60;b&#62;" width="100%" height="480" loading="lazy" style="border:0"></iframe>',
  );
});

test("layers are found by beginnings and parts of words, whatever the apostrophe and case", () => {
  expect(matches("Пам’ятки архітектури", "ПАМ'ЯТ арх")).toBe(true);
  expect(matches("Аптеки", "школи")).toBe(false);
  expect(matches("Аптеки", "")).toBe(true);
});

test("places in a text are filled, unknown ones stay", () => {
  expect(filled("%(name)s: %(count)s of %(all)s", { name: "%(count)s", count: 2 })).toBe("%(count)s: 2 of %(all)s");
});
