import { expect, test } from "vitest";
import { formAddress, listAddress, placeOf, withBox, withPlace } from "../src/map/address";

test("the form's choices become the address, empty fields left out", () => {
  expect(formAddress([["chosen", "1"], ["q", "  Їжак "], ["layer", "health"], ["layer", "pharmacies"], ["category", ""]])).toBe(
    "?q=%D0%87%D0%B6%D0%B0%D0%BA&layer=health&layer=pharmacies",
  );
});

test("choosing no layer at all is kept apart from having chosen nothing", () => {
  expect(formAddress([["chosen", "1"], ["q", ""]])).toBe("?chosen=1");
});

test("a card is opened and closed without losing the rest of the address", () => {
  const open = withPlace("?layer=health&page=2", { layer: "health", id: "node:1" });
  expect(placeOf(open)).toEqual({ layer: "health", id: "node:1" });
  expect(listAddress(open)).toBe("?layer=health&page=2");
  expect(withPlace("?place=a%3Ab", null)).toBe("");
});

test.each(["", "?place=", "?place=health", "?place=:1", "?place=health:"])("%s opens no card", (address) => {
  expect(placeOf(address)).toBeNull();
});

test("what the map shows becomes the rectangle, within the globe and from the first page", () => {
  expect(withBox("?layer=health&bbox=1%2C2%2C3%2C4&page=3", [32.2000001, 48.4, 32.3, 48.6])).toBe("?layer=health&bbox=32.2%2C48.4%2C32.3%2C48.6");
  expect(new URLSearchParams(withBox("", [-200, -91, 200, 95])).get("bbox")).toBe("-180,-90,180,90");
});
