/** A map in JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Says whether a value of JSON is a map. */
export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field's own value: a label may be called `constructor`. */
export function fieldOf(map: Fields, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
