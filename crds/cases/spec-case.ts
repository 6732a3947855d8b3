/** A spec that the API server accepts. */
export interface AcceptedSpec {
  readonly title: string;
  readonly spec: object;
  /** Whether the API server accepts the children only with other flags, such as another node port range. */
  readonly dependsOnFlags?: true;
  /** A value of a field of the Service that older API servers do not know. */
  readonly newValue?: { readonly path: readonly string[]; readonly value: string };
}

/** A spec that the API server rejects. */
export interface RejectedSpec {
  readonly title: string;
  readonly spec: unknown;
  /** Part of each error message, by field. */
  readonly errors: Readonly<Record<string, string | readonly string[]>>;
}

/** A spec with a string that is one character longer than the limit. */
export function tooLong(path: string, maxLength: number, build: (text: string) => unknown): RejectedSpec {
  return {
    title: `${path} of ${maxLength + 1} characters`,
    spec: build('a'.repeat(maxLength + 1)),
    errors: { [path]: `Too long: may not be more than ${maxLength}` },
  };
}

/** A spec with one entry more than the limit. */
export function tooMany(path: string, maxItems: number, build: (names: string[]) => unknown): RejectedSpec {
  return {
    title: `${maxItems + 1} entries in ${path}`,
    spec: build(Array.from({ length: maxItems + 1 }, (_, index) => `key-${index}`)),
    errors: { [path]: `Too many: ${maxItems + 1}: must have at most ${maxItems} items` },
  };
}
