// What the plugins in build/ provide.
declare module "virtual:map-worker" {
  /** The address of the script that MapLibre's workers run. */
  const url: string;
  export default url;
}

declare module "virtual:icons" {
  /** Where the icons lie, seen from a bundle. */
  export const folder: string;
  export const names: string[];
}
