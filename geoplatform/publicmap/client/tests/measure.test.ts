import { expect, test } from "vitest";
import { areaOf, areaText, lengthOf, lengthText, readCoordinates } from "../src/map/measure";
import { SCALES, bar, nearestScale, scaleAt, zoomFor } from "../src/map/paper";

test("a degree of latitude is 111 km, one of longitude at 60° half of that", () => {
  expect(lengthOf([[32, 48], [32, 49]])).toBeCloseTo(111195, -1);
  expect(lengthOf([[32, 60], [33, 60]]) / lengthOf([[32, 0], [33, 0]])).toBeCloseTo(0.5, 2);
  expect(lengthOf([])).toBe(0);
});

test("areas are those of the sphere, in either direction", () => {
  const ring = [[32, 48], [32.01, 48], [32.01, 48.01], [32, 48.01], [32, 48]];
  const expected = 1111.95 * 1111.95 * Math.cos((48.005 * Math.PI) / 180);
  expect(Math.abs(areaOf(ring) / expected - 1)).toBeLessThan(0.001);
  expect(areaOf([...ring].reverse())).toBeCloseTo(areaOf(ring));
});

const UNITS = { m: "%(number)s м", km: "%(number)s км", m2: "%(number)s м²", ha: "%(number)s га", km2: "%(number)s км²" };

test("measures are told in the unit and the numbers of the language", () => {
  expect(lengthText(999, UNITS, "uk")).toBe("999 м");
  expect(lengthText(1250, UNITS, "uk")).toBe("1,3 км");
  expect(areaText(500, UNITS, "en")).toBe("500 м²");
  expect(areaText(25_000, UNITS, "en")).toBe("2.5 га");
  expect(areaText(3_300_000, UNITS, "uk")).toBe("3,3 км²");
});

test("coordinates are read as people write them, latitude first", () => {
  expect(readCoordinates("48.51, 32.26\n\n48,52; 32,27\n 48.53 32.28 \n48,54, 32,29")).toEqual([
    [32.26, 48.51],
    [32.27, 48.52],
    [32.28, 48.53],
    [32.29, 48.54],
  ]);
  expect(readCoordinates("")).toEqual([]);
});

test.each([
  ["48.51", 1],
  ["48.5, 32.2\nтут", 2],
  ["91, 32", 1],
  ["48, 181", 1],
  ["1e400, 2", 1],
  ["48.5, 32.2, 7", 1],
])("%s is no list of coordinates: line %d", (text, line) => {
  expect(readCoordinates(text)).toBe(line);
});

test("a scale on paper is exact at the map's latitude", () => {
  for (const scale of SCALES) expect(scaleAt(zoomFor(scale, 48.5), 48.5)).toBeCloseTo(scale, 3);
  // 1 : 10 000: a centimetre, which is 37.8 px, shows 100 m
  const metresOfAPixel = (40075016.68557849 * Math.cos((48.5 * Math.PI) / 180)) / 512 / 2 ** zoomFor(10_000, 48.5);
  expect((metresOfAPixel * 96) / 2.54).toBeCloseTo(100, 6);
});

test("the nearest scale and a round bar are found", () => {
  expect(nearestScale(11_900)).toBe(10_000);
  expect(nearestScale(1)).toBe(1000);
  const { metres, width } = bar(10_000, 160);
  expect(metres).toBe(200);
  expect(width).toBeLessThanOrEqual(160);
  expect(width).toBeGreaterThan(40);
});
