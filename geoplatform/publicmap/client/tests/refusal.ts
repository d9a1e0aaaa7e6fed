import { Refusal } from "../src/map/own/check";

/** The code of the refusal with which `act` ends; empty when it does not. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return "";
}
