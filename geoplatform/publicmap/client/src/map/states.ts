// What staff were told of critical facilities, drawn as dots over the facilities without being a layer that the reader chose.
import type { LayerInfo } from "./settings";

export const STATES = "facility_states";

/**
 * Returns the layers to draw: the chosen ones, and over them the states when a layer of critical facilities is among them.
 * Not while the list is narrowed: a dot of a facility that was not found would tell of another set than the list.
 */
export function withStates(chosen: string[], infos: Map<string, LayerInfo>, narrowed: boolean): string[] {
  if (narrowed || chosen.includes(STATES) || !infos.has(STATES)) return chosen;
  return chosen.some((id) => infos.get(id)?.critical) ? [STATES, ...chosen] : chosen;
}
