import { describe, expect, it } from "vitest";
import { type Kept, type Place, decode, direction, distance, matching, nameOf, nearest, openAt, trustOf } from "../src/offline/data";

const COLUMNS = ["layer", "id", "name", "name_en", "kind", "address", "phone", "lon", "lat", "open", "hours", "wheelchair", "demo", "state"];
const NOW = 1_800_000_000;

function kept(...rows: Record<string, unknown>[]): Kept {
  return decode({
    form: 1,
    made: NOW,
    columns: COLUMNS,
    layers: [{ id: "clinics", title: ["Клініки", "Clinics"], note: null, life: false, checked: NOW }],
    words: [["Аптека", "Pharmacy"]],
    open: [[[NOW - 3600, NOW + 3600], [NOW + 80_000, NOW + 90_000]]],
    stale_after: 86_400,
    serving_no: ["closed"],
    entrances: [],
    banners: [],
    archives: [],
    places: rows.map((row) => COLUMNS.map((name) => row[name] ?? (name === "layer" ? 0 : name === "demo" ? 0 : name === "id" ? "p" : null))),
  });
}

const first = (document: Kept): Place => document.places[0]!;

describe("the kept document", () => {
  it("is refused when it has another form", () => {
    expect(() => decode({ form: 2, places: [] })).toThrow();
    expect(() => decode(null)).toThrow();
    expect(() => decode("<html>")).toThrow();
  });

  it("names a place in the reader's language, and what has no name by its kind", () => {
    const document = kept({ name: "Центр", name_en: "Centre" }, { kind: 0 }, {});
    expect(document.places.map((place) => nameOf(place, document, "uk"))).toEqual(["Центр", "Аптека", "Клініки · p"]);
    expect(nameOf(first(document), document, "en")).toBe("Centre");
  });
});

describe("what was said of a state", () => {
  const trust = (state: object | null): string => {
    const document = kept({ state });
    return trustOf(first(document), document, NOW);
  };

  it("is not known when nobody has said anything", () => expect(trust(null)).toBe("unknown"));
  it("is the source's own when nobody else has", () => expect(trust({ own: 0 })).toBe("own"));
  it("is fresh within the promise and stale after it", () => {
    expect(trust({ code: "open", title: 0, known: NOW - 86_400 })).toBe("fresh");
    expect(trust({ code: "open", title: 0, known: NOW - 86_401 })).toBe("stale");
  });
  it("is over at its end", () => expect(trust({ code: "open", title: 0, known: NOW - 60, until: NOW })).toBe("ended"));
});

describe("hours", () => {
  const spans: [number, number][] = [[NOW - 3600, NOW + 3600], [NOW + 80_000, NOW + 90_000]];

  it("say open until, and closed until the next opening", () => {
    expect(openAt(spans, NOW, NOW)).toEqual({ open: true, change: NOW + 3600 });
    expect(openAt(spans, NOW, NOW + 3600)).toEqual({ open: false, change: NOW + 80_000 });
    expect(openAt(spans, NOW, NOW + 90_000)).toEqual({ open: false, change: null });
  });
  it("say nothing once the kept week is over, or before it", () => {
    expect(openAt(spans, NOW, NOW + 7 * 86_400)).toBeNull();
    expect(openAt(spans, NOW, NOW - 2 * 86_400)).toBeNull();
    expect(openAt(undefined, NOW, NOW)).toBeNull();
  });
});

describe("distances", () => {
  it("are those of the ground", () => expect(distance([32.26, 48.51], [32.26, 48.52])).toBeCloseTo(1112, 0));
  it("have a direction", () => {
    expect(direction([32.26, 48.51], [32.26, 48.6])).toBe(0);
    expect(direction([32.26, 48.51], [32.4, 48.51])).toBe(2);
    expect(direction([32.26, 48.51], [32.2, 48.47])).toBe(5);
  });
  it("order places, those without a place last", () => {
    const document = kept({ id: "far", lon: 33, lat: 49 }, { id: "none" }, { id: "near", lon: 32.26, lat: 48.51 });
    expect(nearest(document.places, [32.26, 48.5]).map((place) => place.id)).toEqual(["near", "far", "none"]);
  });
});

describe("the search", () => {
  it("takes any apostrophe and all words, in both languages", () => {
    const document = kept({ id: "a", name: "Кам’янка", kind: 0 }, { id: "b", name: "Інша" });
    const found = (query: string): string[] => matching(document, query, null).map((place) => place.id);
    expect(found("кам'янка")).toEqual(["a"]);
    expect(found("pharmacy кам`янка")).toEqual(["a"]);
    expect(found("кам’янка інша")).toEqual([]);
    expect(found("  ")).toEqual(["a", "b"]);
    expect(matching(document, "", 1)).toEqual([]);
  });
});
