// Zooms with two digits in addresses of tiles: "{zz}" in a template, which MapLibre does not know.

/** Returns a template for MapLibre that ends in the zoom, behind the mark that no server is told of. */
export function withZoom(template: string): string {
  return template.includes("{zz}") ? `${template}#{z}` : template;
}

/** Returns the address that is meant by what MapLibre has made of such a template; any other one as it is. */
export function withDigits(address: string): string {
  const zoom = address.includes("{zz}") ? /#(\d+)$/.exec(address)?.[1] : undefined;
  return zoom === undefined ? address : address.slice(0, -zoom.length - 1).replaceAll("{zz}", zoom.padStart(2, "0"));
}
