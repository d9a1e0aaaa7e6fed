// Texts with places to fill: "%(name)s", as the server's translations write them.

/** Returns `text` with each %(name)s replaced by its value; never by anything that could be mark-up, since it is shown as text. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** The words that come with a tool's panel. */
export type Words = Record<string, string>;

/** Returns the word `name`, or its name when the panel has none, so that a fault shows. */
export function word(words: Words, name: string, values: Record<string, string | number> = {}): string {
  return filled(words[name] ?? name, values);
}
