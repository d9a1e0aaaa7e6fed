import { expect, test } from "vitest";
import { type Display, moved, opacities, readDisplay, stacked, withDisplay } from "../src/map/display";

const PLAIN: Display = { base: "auto", order: [], opacity: {}, picture: 100 };

test("what is written into the fragment is read back, the map's own part kept as it is", () => {
  const display: Display = { base: "photo:base.ortho", order: ["b", "a"], opacity: { a: 40, b: 0 }, picture: 30 };
  const fragment = withDisplay("#map=12.5/48.51/32.26", display);
  expect(fragment).toBe("#map=12.5/48.51/32.26&base=photo:base.ortho&order=b,a&opacity=a:40,b:0&picture=30");
  expect(readDisplay(fragment)).toEqual(display);
  expect(withDisplay(fragment, PLAIN)).toBe("#map=12.5/48.51/32.26");
  expect(withDisplay("", PLAIN)).toBe("");
});

test.each([
  ["#base=javascript:alert(1)&picture=-1&order=<script>,a,a&opacity=a:101,b:-1,c:5,__proto__:7,d"],
  [`#order=${"a,".repeat(5000)}&opacity=${"a:1,".repeat(5000)}`],
  ["#%E0%A4%A&base=%00&&&=&opacity=:::"],
])("a damaged fragment does no harm: %s", (fragment) => {
  const display = readDisplay(fragment);
  expect(display.base).toBe("auto");
  expect(display.order.length).toBeLessThan(201);
  expect(Object.values(display.opacity).every((percent) => percent >= 0 && percent < 100)).toBe(true);
  expect(display.picture).toBe(100);
  expect(Object.getPrototypeOf(display.opacity)).toBe(Object.prototype);
});

const LAYERS = [
  { id: "area", geometry: "polygon" },
  { id: "line", geometry: "line" },
  { id: "one", geometry: "point" },
  { id: "two", geometry: "multipoint" },
];

test("points lie above lines above areas until the reader says otherwise", () => {
  expect(stacked(LAYERS, [])).toEqual(["one", "two", "line", "area"]);
  expect(stacked(LAYERS, ["area", "gone", "two"])).toEqual(["area", "two", "one", "line"]);
});

test("a layer moves by one place and stops at the ends", () => {
  expect(moved(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b", "c"], "a", -1)).toEqual(["a", "b", "c"]);
  expect(moved(["a", "b", "c"], "c", 1)).toEqual(["a", "b", "c"]);
  expect(moved(["a"], "gone", 1)).toEqual(["a"]);
});

test("opacity multiplies a layer's own, whatever form that has", () => {
  expect(opacities("fill", { "fill-opacity": 0.4 }, 0.5)).toEqual([["fill-opacity", 0.2]]);
  expect(opacities("circle", undefined, 0.5)).toEqual([["circle-opacity", 0.5], ["circle-stroke-opacity", 0.5]]);
  expect(opacities("line", { "line-opacity": ["interpolate", ["linear"], ["zoom"], 10, 0.2, 14, 1] }, 0.5)).toEqual([
    ["line-opacity", ["interpolate", ["linear"], ["zoom"], 10, 0.1, 14, 0.5]],
  ]);
  expect(opacities("line", { "line-opacity": ["step", ["zoom"], 0.2, 12, 1] }, 0.5)).toEqual([["line-opacity", ["step", ["zoom"], 0.1, 12, 0.5]]]);
  expect(opacities("line", { "line-opacity": ["get", "o"] }, 0.5)).toEqual([["line-opacity", ["*", ["get", "o"], 0.5]]]);
  expect(opacities("background", {}, 0.5)).toEqual([]);
});
