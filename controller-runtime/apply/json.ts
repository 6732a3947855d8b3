/** A map in JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns whether a JSON value is a map. */
export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns an own property only: a label may be named `constructor`. */
export function fieldOf(map: Fields, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
