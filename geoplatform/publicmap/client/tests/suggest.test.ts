import { expect, test } from "vitest";
import { about, moved } from "../src/site/suggest";

test("arrows go through the options and the field, round at both ends", () => {
  expect(moved(-1, 3, 1)).toBe(0);
  expect(moved(2, 3, 1)).toBe(-1);
  expect(moved(-1, 3, -1)).toBe(2);
  expect(moved(0, 3, -1)).toBe(-1);
  expect(moved(-1, 0, 1)).toBe(-1);
});

test("a name that several places bear tells how many, one that is single tells what it is", () => {
  const item = { title: "Аптека", kind_title: "Заклади", subtitle: "вулиця Садова, 1", count: 1, url: "/map/a/b/" };
  expect(about(item, (count) => `${count}`)).toBe("Заклади · вулиця Садова, 1");
  expect(about({ ...item, count: 5, url: null }, (count) => `${count} місць`)).toBe("Заклади · 5 місць");
});
