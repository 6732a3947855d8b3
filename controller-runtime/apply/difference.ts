/** One way in which a live object is not as an apply would make it. */
export interface Difference {
  /** Where, such as `spec.ports[port=80,protocol=TCP].targetPort`. */
  readonly path: string;
  /** What is wanted there; undefined when the field is to go. */
  readonly wanted: unknown;
  /** What is there; undefined when nothing is. */
  readonly found: unknown;
  /** The same place in the terms of FieldsV1, as far as the API tells fields apart there: `f:spec`, `f:ports`, `k:{...}`. */
  readonly steps: readonly string[];
}

/** A field of a map, or an item of a list. */
export interface Place {
  /** The name of a field, or the text of an item, such as `[0]` or `[name=web]`. */
  readonly text: string;
  /** Its step of FieldsV1; undefined inside of what the API treats as one value. */
  readonly step: string | undefined;
}

/** A difference whose place is known from the inside so far. */
export interface Mismatch {
  readonly wanted: unknown;
  readonly found: unknown;
  /** The innermost first. */
  readonly places: Place[];
}

/** Undefined when there are none: nearly always nothing differs, and nothing is to be allocated for that. */
export type Mismatches = Mismatch[] | undefined;

/** A mismatch of a whole value. */
export function mismatch(wanted: unknown, found: unknown): Mismatch[] {
  return [{ wanted, found, places: [] }];
}

/** Says of mismatches inside of a value at which place the value is. */
export function inside(place: Place, mismatches: Mismatch[]): Mismatch[] {
  for (const { places } of mismatches) places.push(place);
  return mismatches;
}

/** Puts mismatches together. */
export function join(first: Mismatches, second: Mismatches): Mismatches {
  if (first === undefined || second === undefined) return first ?? second;
  return [...first, ...second];
}

/** A mismatch whose place is known up to the top of the object. */
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
