// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import type { Finder } from "../src/map/finder";
import type { Settings } from "../src/map/settings";
import { Stepper } from "../src/map/stepper";
import type { Place } from "../src/map/steps";

const WORDS = { none: "nothing here", open: "Open", ofMore: "%(place)s of more than %(all)s" } as Settings["words"];
const place = (id: string, x = 32): Place => ({ layer: "l", id, name: id, at: [x, 48] });
let shown: Place[] = [];
let opened: string[] = [];
let said: string[] = [];
let stepper: Stepper;
let loading: Promise<void> | null = null;

const button = (id: string): HTMLButtonElement => document.querySelector<HTMLButtonElement>(`#${id}`)!;

beforeEach(() => {
  document.body.innerHTML =
    '<div id="steps" hidden><button id="step-previous"></button><button id="step-open" disabled>Places</button><button id="step-next"></button></div>';
  loading = null;
  [shown, opened, said] = [[place("a"), place("b", 32.1)], [], []];
  const finder = { all: () => shown } as Finder;
  stepper = new Stepper(finder, () => [32, 48], WORDS, {
    open: (one) => opened.push(one.id),
    reached: (_one, text) => said.push(text),
    say: (text) => said.push(text),
    loading: () => loading,
  });
});

test("steps name and open the places one after another", () => {
  button("step-next").click();
  button("step-next").click();
  button("step-open").click();
  expect([said, opened]).toEqual([["a (1/2)", "b (2/2)"], ["b"]]);
  expect(button("step-open").getAttribute("aria-label")).toBe("Open: b (2/2)");
});

test("where another set is shown nothing is named any more, and the next step goes through that set", () => {
  button("step-next").click();
  button("step-open").focus();
  shown = [place("c")];
  stepper.forget();
  expect([button("step-open").textContent, button("step-open").disabled]).toEqual(["Places", true]);
  expect(button("step-open").hasAttribute("aria-label")).toBe(false);
  expect(document.activeElement).toBe(button("step-next"));
  button("step-open").click();
  button("step-next").click();
  expect([said, opened]).toEqual([["a (1/2)", "c (1/1)"], []]);
});

test("after the map was moved the named place still opens, and steps begin in the new middle", () => {
  button("step-next").click();
  shown = [place("c")];
  stepper.renew();
  button("step-open").click();
  button("step-next").click();
  expect([said, opened]).toEqual([["a (1/2)", "c (1/1)"], ["a"]]);
});

test("what the map still had when a step was taken goes once it has drawn", () => {
  button("step-next").click();
  stepper.check();
  expect(button("step-open").disabled).toBe(false);
  shown = [place("b")];
  stepper.check();
  expect(button("step-open").disabled).toBe(true);
});

test("more places than steps lead to are told of, and none at all", () => {
  shown = Array.from({ length: 201 }, (_, at) => place(`p${at}`, 32 + at / 1000));
  button("step-next").click();
  shown = [];
  stepper.renew();
  button("step-next").click();
  expect(said).toEqual(["p0 (1 of more than 200)", "nothing here"]);
  expect([button("step-open").textContent, button("step-open").disabled]).toEqual(["nothing here", true]);
});

test("a step waits for places that are on their way", async () => {
  shown = [];
  let arrive = (): void => undefined;
  loading = new Promise((resolve) => (arrive = resolve));
  button("step-next").click();
  expect(said).toEqual([]);
  [shown, loading] = [[place("a")], null];
  arrive();
  await Promise.resolve();
  expect([said, button("step-open").disabled]).toEqual([["a (1/1)"], false]);
});
