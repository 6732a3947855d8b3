/** A step into an object or a list. */
export type Step = string | number;

/** Gives the path of every value that is neither an object nor a list, in order; an empty object or list counts as one. */
export function leafPaths(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([step, item]) => leafPaths(item, [...path, step]));
}

/** Reads what is at a path; undefined when nothing is. */
export function valueAt(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>((at, step) => (isContainer(at) ? at[step] : undefined), value);
}

/** Copies a value with something else at a path; with undefined, without what was there. */
export function withValueAt(value: unknown, [step, ...rest]: readonly Step[], replacement: unknown): unknown {
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    if (rest.length === 0 && replacement === undefined) return items.filter((_, index) => index !== step);
    return items.map((item, index) => (index === step ? withValueAt(item, rest, replacement) : item));
  }
  const fields = isContainer(value) ? value : {};
  return { ...fields, [step]: withValueAt(fields[step], rest, replacement) };
}

/** Names a path as kubectl does, such as `spec.ports[0].port`. */
export function printPath(path: readonly Step[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
}

function isContainer(value: unknown): value is Record<Step, unknown> {
  return typeof value === 'object' && value !== null;
}
