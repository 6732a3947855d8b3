/** One difference between a live object and the result of an apply. */
export interface Difference {
  /** The path of the field, such as `spec.ports[port=80,protocol=TCP].targetPort`. */
  readonly path: string;
  /** The desired value; undefined if the apply removes the field. */
  readonly wanted: unknown;
  /** The live value; undefined if the field is absent. */
  readonly found: unknown;
  /** The path in FieldsV1, down to the first atomic value: `f:spec`, `f:ports`, `k:{...}`. */
  readonly steps: readonly string[];
}

/** The position of a field in a map, or of an item in a list. */
export interface Place {
  /** The name of a field, or an item such as `[0]` or `[name=web]`. */
  readonly text: string;
  /** Its path element in FieldsV1; undefined inside an atomic value. */
  readonly step: string | undefined;
  /** The name of the field, or the index of the item in the live list; -1 for an item that the list does not have. */
  readonly at: string | number;
}

/** A difference whose path is known only up to an enclosing value. */
export interface Mismatch {
  readonly wanted: unknown;
  readonly found: unknown;
  /** If the items of a list are out of order: the index of each desired item in the live list, -1 for a missing one. */
  readonly order?: readonly number[];
  /** Innermost first. */
  readonly places: Place[];
}

/** Undefined if there are none, so that the usual case allocates nothing. */
export type Mismatches = Mismatch[] | undefined;

/** A mismatch of a whole value. */
export function mismatch(wanted: unknown, found: unknown): Mismatch[] {
  return [{ wanted, found, places: [] }];
}

/** Adds the position of the enclosing value to mismatches. */
export function inside(place: Place, mismatches: Mismatch[]): Mismatch[] {
  for (const { places } of mismatches) places.push(place);
  return mismatches;
}

/** Concatenates mismatches. */
export function join(first: Mismatches, second: Mismatches): Mismatches {
  if (first === undefined || second === undefined) return first ?? second;
  return [...first, ...second];
}

/** Converts a mismatch whose path is complete. */
export function differenceOf({ wanted, found, places }: Mismatch): Difference {
  const outermostFirst = places.toReversed();
  const path = outermostFirst.reduce((before, { text }) => joinPath(before, text), '');
  return { path, wanted, found, steps: outermostFirst.flatMap(({ step }) => step ?? []) };
}

function joinPath(path: string, text: string): string {
  if (text.startsWith('[')) return `${path}${text}`;
  if (!/^[\w-]+$/.test(text)) return `${path}[${JSON.stringify(text)}]`;
  return path === '' ? text : `${path}.${text}`;
}
