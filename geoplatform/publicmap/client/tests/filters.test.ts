// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { showFilters } from "../src/map/position";

const filters = (inside: string, open = ""): string =>
  `<details id="filters"${open}><summary>Near</summary><div>${inside}</div></details><details id="time"><summary>Past</summary><a id="compare" href="?old">What has changed</a></details>`;
const FROM = '<div><label for="from">From</label><input id="from" name="from"></div>';
const field = (): HTMLInputElement => document.querySelector<HTMLInputElement>("#from")!;

beforeEach(() => {
  document.body.innerHTML = `<form><div id="filters-slot">${filters(`${FROM}<div><select id="within"></select></div>`, " open")}</div></form>`;
});

test("around a field that is being typed in everything is renewed, the field keeps words, cursor and focus", () => {
  const before = field();
  before.focus();
  before.value = "вулиця Сад";
  before.setSelectionRange(3, 5);
  const fresh = '<p id="note">new</p><div class="fresh"><label for="from">From</label><input id="from" name="from" value="вулиця"><ul id="others"><li>Maybe</li></ul></div><div><select id="area"></select></div>';
  showFilters(filters(fresh).replace("?old", "?from=x"));
  expect(field()).toBe(before);
  expect(document.activeElement).toBe(before);
  expect([before.value, before.selectionStart, before.selectionEnd]).toEqual(["вулиця Сад", 3, 5]);
  expect(document.querySelectorAll("#from, label")).toHaveLength(2);
  expect(document.querySelector("#others")?.parentElement).toBe(before.parentElement);
  expect(document.querySelector("#note + div #from")).toBe(before);
  expect(document.querySelector("#within")).toBeNull();
  expect(document.querySelector("#area")).not.toBeNull();
  expect(document.querySelector<HTMLAnchorElement>("#compare")?.search).toBe("?from=x");
  expect(document.querySelector<HTMLDetailsElement>("#filters")?.open).toBe(true);
});

test("a field that is gone does not hold the rest back, and the focus stays in its part", () => {
  field().focus();
  showFilters(filters("<p>other</p>"));
  expect(document.querySelector("#from")).toBeNull();
  expect(document.activeElement?.parentElement?.id).toBe("filters");
});

test("without the focus there everything is the server's", () => {
  const before = field();
  before.value = "typed";
  showFilters(filters(FROM));
  expect(field()).not.toBe(before);
  expect(field().value).toBe("");
});
