/** A key of an object or an index of a list. */
export type Step = string | number;

/** Returns the path of every leaf in order; an empty object or list counts as a leaf. */
export function leafPaths(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([step, item]) => leafPaths(item, [...path, step]));
}

/** Returns the value at a path, or undefined. */
export function valueAt(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>((at, step) => (isContainer(at) ? at[step] : undefined), value);
}

/** Returns a copy with another value at a path; undefined removes it. */
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

/** Formats a path as kubectl does, such as `spec.ports[0].port`. */
export function formatPath(path: readonly Step[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
}

function isContainer(value: unknown): value is Record<Step, unknown> {
  return typeof value === 'object' && value !== null;
}
