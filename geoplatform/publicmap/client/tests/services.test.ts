// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Refusal } from "../src/map/own/check";
import { readText } from "../src/map/own/files";
import { withDigits, withZoom } from "../src/map/own/padded";
import { secured, wmsLayers } from "../src/map/own/services";
import { wmtsLayers } from "../src/map/own/wmts";
import { refusal } from "./refusal";

const OWN = "http://localhost:8000";
const MAPPROXY = new URL("https://tiles.example/service");
const GEOSERVER = new URL("https://geo.example/geoserver/gwc/service/wmts");
const written = (name: string): string => readFileSync(`tests/capabilities/${name}.xml`, "utf8");

test("MapProxy's WMTS by parameters: two digits name a zoom, a grid of its own is left out, https stays", () => {
  expect(wmtsLayers(written("mapproxy-kvp"), MAPPROXY, OWN)).toEqual([
    {
      name: "streets",
      title: "Streets",
      attribution: "",
      zooms: [0, 11],
      tiles:
        "https://tiles.example/service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=streets&STYLE=default&FORMAT=image%2Fpng" +
        "&TILEMATRIXSET=web&TILEMATRIX={zz}&TILEROW={y}&TILECOL={x}",
    },
  ]);
});

test("GeoServer's WMTS: names of zooms with a prefix, by address or by parameters, pictures only", () => {
  const [relief, roads, ...others] = wmtsLayers(written("geoserver"), GEOSERVER, OWN);
  expect(others).toEqual([]);
  expect(relief).toEqual({
    name: "city:relief",
    title: "Relief",
    attribution: "",
    zooms: [0, 30],
    tiles: "https://geo.example/geoserver/gwc/service/wmts/rest/city:relief/default/EPSG%3A900913/EPSG%3A900913%3A{z}/{y}/{x}?format=image/png",
  });
  expect(roads?.tiles).toBe(
    "https://geo.example/geoserver/gwc/service/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=city%3Aroads&STYLE=night" +
      "&FORMAT=image%2Fpng&TILEMATRIXSET=EPSG%3A900913&TILEMATRIX=EPSG%3A900913%3A{z}&TILEROW={y}&TILECOL={x}",
  );
});

test.each([
  ["a scale of another grid", /<ScaleDenominator>5\.59\d*E8</, "<ScaleDenominator>5.5E8<"],
  ["another corner", "<TopLeftCorner>-2.003750834E7 2.0037508E7<", "<TopLeftCorner>-2.0E7 2.0037508E7<"],
  ["a corner at the bottom", "<TopLeftCorner>-2.003750834E7 2.0037508E7<", "<TopLeftCorner>-2.003750834E7 -2.0037508E7<"],
  ["larger tiles", /<TileWidth>256</g, "<TileWidth>512<"],
  ["a name that tells another zoom", "EPSG:900913:5<", "EPSG:900913:6<"],
  ["a name without its zoom", "EPSG:900913:5<", "five<"],
  ["no scale", /<ScaleDenominator>5\.59\d*E8<\/ScaleDenominator>/, ""],
  ["no matrix", /<TileMatrix>[\s\S]*?<\/TileMatrix>/g, ""],
  ["no way to ask but by others' addresses", /http:\/\/geo\.example/g, "http://elsewhere.example"],
  ["only scripts for addresses", /http:\/\/geo\.example[^"]*/g, "javascript:alert(1)//{z}{x}{y}"],
])("a WMTS with %s offers nothing", (_what, from, to) => {
  const text = written("geoserver");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  expect(refusal(() => wmtsLayers(changed, GEOSERVER, OWN))).toBe("noLayers");
});

test("zooms may begin late, and y may stand before x", () => {
  let zoom = 0;
  const text = written("geoserver")
    .replaceAll("-2.003750834E7 2.0037508E7", "2.0037508E7 -2.003750834E7")
    .replace(/<TileMatrix>\s*<ows:Identifier>EPSG:900913:\d+<[\s\S]*?<\/TileMatrix>/g, (matrix) => (zoom++ < 8 ? "" : matrix));
  expect(wmtsLayers(text, GEOSERVER, OWN)[0]?.zooms).toEqual([8, 30]);
});

test("a service with addresses only is not asked by parameters", () => {
  const text = written("mapproxy-kvp").replaceAll("<ows:Value>KVP<", "<ows:Value>RESTful<");
  expect(refusal(() => wmtsLayers(text, MAPPROXY, OWN))).toBe("noLayers");
});

test("dimensions take their defaults", () => {
  const dimension = "<Dimension><ows:Identifier>Time</ows:Identifier><Default>2024 01</Default><Value>2023</Value></Dimension>";
  const [byAddress, byParameters] = wmtsLayers(
    written("geoserver").replaceAll("<InfoFormat>", `${dimension}<InfoFormat>`).replaceAll("{style}", "{style}/{TIME}"),
    GEOSERVER,
    OWN,
  );
  expect(byAddress?.tiles).toContain("/default/2024%2001/");
  expect(byParameters?.tiles).toContain("&Time=2024+01&");
});

test("zooms with two digits reach the service, and nothing else is changed", () => {
  const filled = withZoom("https://t.example/{zz}/{y}/{x}.png").replace("{z}", "7").replace("{y}", "1").replace("{x}", "2");
  expect(withDigits(filled)).toBe("https://t.example/07/1/2.png");
  expect(withDigits("https://t.example/{zz}#12")).toBe("https://t.example/12");
  expect(withZoom("https://t.example/{z}")).toBe("https://t.example/{z}");
  expect(withDigits("https://t.example/7#5")).toBe("https://t.example/7#5");
});

test.each(["111", "130"])("MapProxy's WMS %s: layers with what they inherit", (version) => {
  const offered = wmsLayers(written(`mapproxy-wms-${version}`), MAPPROXY, OWN);
  expect(offered.map((one) => [one.name, one.title])).toEqual([
    ["streets", "Streets"],
    ["parcels", "Parcels"],
  ]);
  const tiles = new URL(offered[0]!.tiles);
  expect(tiles.origin + tiles.pathname).toBe("https://tiles.example/service");
  expect(tiles.searchParams.get(version === "130" ? "CRS" : "SRS")).toBe("EPSG:3857");
  expect(offered[0]!.tiles).toMatch(/&BBOX=\{bbox-epsg-3857\}$/);
});

test("a WMS without Web Mercator offers nothing, a fault is told, and other documents are refused", () => {
  const text = written("mapproxy-wms-130");
  const degrees = text.replaceAll("EPSG:3857", "EPSG:32636");
  expect(degrees).not.toBe(text);
  expect(refusal(() => wmsLayers(degrees, MAPPROXY, OWN))).toBe("noLayers");
  const fault = "<ServiceExceptionReport><ServiceException>no map</ServiceException></ServiceExceptionReport>";
  expect(refusal(() => wmsLayers(fault, MAPPROXY, OWN))).toBe("fault");
  expect(refusal(() => wmsLayers(written("geoserver"), MAPPROXY, OWN))).toBe("wrongRoot");
  expect(refusal(() => wmtsLayers(text, MAPPROXY, OWN))).toBe("wrongRoot");
  expect(refusal(() => wmsLayers("<broken", MAPPROXY, OWN))).toBe("notXml");
});

test("https is kept for the host that was asked by it, and for no other", () => {
  const asked = new URL("https://geo.example/wmts");
  expect(secured("http://geo.example/{z}", asked)).toBe("https://geo.example/{z}");
  expect(secured("http://geo.example.net/{z}", asked)).toBe("http://geo.example.net/{z}");
  expect(secured("http://geo.example/", new URL("http://geo.example/"))).toBe("http://geo.example/");
});

test("KML and GPX are read as text of any origin, and told apart", async () => {
  const kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>П</name><Point><coordinates>32.2,48.5</coordinates></Point></Placemark></kml>';
  const gpx = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="48.5" lon="32.2"><name>П</name></wpt></gpx>';
  expect((await readText(kml, "kml")).bounds).toEqual([32.2, 48.5, 32.2, 48.5]);
  expect((await readText(gpx, "gpx")).data.features[0]?.properties?.["name"]).toBe("П");
  const refused = (text: string, kind: "kml" | "gpx"): Promise<string> => readText(text, kind).then(() => "", (error: Refusal) => error.code);
  expect(await refused(gpx, "kml")).toBe("wrongRoot");
  expect(await refused("<html><body>login", "gpx")).toBe("notXml");
});
