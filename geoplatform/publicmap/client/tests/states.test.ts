import { expect, test } from "vitest";
import type { LayerInfo } from "../src/map/settings";
import { STATES, withStates } from "../src/map/states";

const info = (id: string, critical: boolean): [string, LayerInfo] => [id, { id, critical } as LayerInfo];
const infos = new Map([info("health", true), info("culture", false), info(STATES, false)]);

test("states are drawn over critical facilities", () => {
  expect(withStates(["culture", "health"], infos, false)).toEqual([STATES, "culture", "health"]);
});

test("states are not drawn where no critical facility is, nor when nothing has been told", () => {
  expect(withStates(["culture"], infos, false)).toEqual(["culture"]);
  expect(withStates(["health"], new Map([info("health", true)]), false)).toEqual(["health"]);
});

test("a narrowed map shows what the list shows", () => {
  expect(withStates(["health"], infos, true)).toEqual(["health"]);
});

test("states that the reader chose are a layer like any other", () => {
  expect(withStates([STATES, "health"], infos, false)).toEqual([STATES, "health"]);
});
