/** A spec that the API server takes. */
export interface AcceptedSpec {
  readonly what: string;
  readonly spec: object;
  /** Whether the API server also takes it in the children only with some flags, such as another range of node ports. */
  readonly dependsOnFlags?: true;
}

/** A spec that the API server refuses. */
export interface RefusedSpec {
  readonly what: string;
  readonly spec: unknown;
  /** Each field that is named, with the words that say what is wrong with it: one text for each complaint. */
  readonly because: Readonly<Record<string, string | readonly string[]>>;
}

/** A spec with a string of one character more than `most` at that path. */
export function tooLong(path: string, most: number, build: (text: string) => unknown): RefusedSpec {
  return {
    what: `${path} of ${most + 1} characters`,
    spec: build('a'.repeat(most + 1)),
    because: { [path]: `Too long: may not be more than ${most}` },
  };
}

/** A spec with one entry more than `most` at that path. */
export function tooMany(path: string, most: number, build: (names: string[]) => unknown): RefusedSpec {
  return {
    what: `${most + 1} entries in ${path}`,
    spec: build(Array.from({ length: most + 1 }, (_, index) => `key-${index}`)),
    because: { [path]: `Too many: ${most + 1}: must have at most ${most} items` },
  };
}
