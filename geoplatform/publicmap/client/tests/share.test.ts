import { expect, test } from "vitest";
import { shareInWords } from "../src/compare/share";
import { tileAddress } from "../src/map/style";

test("a screen reader hears how much of the map each side has", () => {
  expect(shareInWords(30, ["1 листопада", "як зараз"])).toBe("1 листопада: 30 %, як зараз: 70 %");
});

test("tiles of the past are asked for by their instant, beside the version", () => {
  expect(tileAddress("https://a", "parks", 3, "2025-03-01T21:59:59.999999Z")).toBe(
    "https://a/ogcapi/collections/parks/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt&v=3&datetime=2025-03-01T21%3A59%3A59.999999Z",
  );
  expect(tileAddress("https://a", "parks", 3)).toMatch(/\?f=mvt&v=3$/);
});
