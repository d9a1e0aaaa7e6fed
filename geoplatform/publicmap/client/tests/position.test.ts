import { expect, test } from "vitest";
import { positionHeaders, rounded } from "../src/map/position";

test("a position is rounded to about a hundred metres", () => {
  expect(rounded(32.262345, 48.507891)).toBe("32.262,48.508");
});

test("nothing is told of where the reader is unless they ask for it", () => {
  expect(positionHeaders()).toEqual({});
});
