import { expect, test } from "vitest";
import { anchorOf, inOrder, step } from "../src/map/steps";

const at = (id: string, x: number, y: number) => ({ layer: "l", id, name: id, at: [x, y] as [number, number] });

test("places come from the middle outwards, each once", () => {
  const places = [at("far", 32.4, 48.5), at("near", 32.26, 48.51), at("near", 32.26, 48.51), at("mid", 32.3, 48.5)];
  expect(inOrder(places, [32.26, 48.51]).places.map((place) => place.id)).toEqual(["near", "mid", "far"]);
});

test("a degree of longitude is shorter than one of latitude", () => {
  const places = [at("north", 32, 48.08), at("east", 32.1, 48)];
  expect(inOrder(places, [32, 48]).places.map((place) => place.id)).toEqual(["east", "north"]);
});

test("that there are more places than steps lead to is known", () => {
  const places = [at("a", 32, 48), at("b", 32.1, 48), at("c", 32.2, 48), at("c", 32.2, 48)];
  expect(inOrder(places, [32, 48], 3)).toMatchObject({ more: false });
  expect(inOrder(places, [32, 48], 2)).toEqual({ places: places.slice(0, 2), more: true });
});

test("steps go round at both ends and nowhere when there is nothing", () => {
  expect(step(-1, 1, 3)).toBe(0);
  expect(step(-1, -1, 3)).toBe(2);
  expect(step(2, 1, 3)).toBe(0);
  expect(step(0, -1, 3)).toBe(2);
  expect(step(0, 1, 0)).toBe(-1);
});

test("every geometry has a place to point at", () => {
  expect(anchorOf({ type: "Point", coordinates: [1, 2] })).toEqual([1, 2]);
  expect(anchorOf({ type: "MultiPolygon", coordinates: [[[[3, 4], [5, 6], [7, 8], [3, 4]]]] })).toEqual([3, 4]);
  expect(anchorOf({ type: "GeometryCollection", geometries: [] })).toBeNull();
});
