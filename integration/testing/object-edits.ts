import { isMap } from '../../controller-runtime/apply/json.ts';
import { leafPaths, formatPath, type Step, valueAt, withValueAt } from './leaf-fields.ts';

/** One way to change an object. */
export interface Edit {
  /** Such as `remove spec.ports[0].name`. */
  readonly what: string;
  readonly path: readonly Step[];
  /** The changed object. */
  readonly value: unknown;
}

/** Yields each edit of one part of an object. */
export function* editsOf(object: unknown): Generator<Edit> {
  for (const path of allPaths(object)) {
    for (const [what, part] of variantsOf(valueAt(object, path))) {
      yield { what: `${what} ${formatPath(path)}`, path, value: withValueAt(object, path, part) };
    }
  }
}

/** Returns the paths of all parts of a value, including its leaves. */
function allPaths(value: unknown): readonly (readonly Step[])[] {
  const paths = new Map<string, readonly Step[]>();
  for (const leaf of leafPaths(value)) {
    for (let length = 1; length <= leaf.length; length++) {
      const path = leaf.slice(0, length);
      paths.set(JSON.stringify(path), path);
    }
  }
  return [...paths.values()];
}

function* variantsOf(part: unknown): Generator<readonly [what: string, other: unknown]> {
  yield ['remove', undefined];
  if (typeof part === 'string') yield ['change', `${part}x`];
  if (typeof part === 'number') yield ['change', part + 1];
  if (typeof part === 'boolean') yield ['change', !part];
  if (Array.isArray(part)) yield* variantsOfList(part);
  if (isMap(part)) yield ['add to', { ...part, foreign: 'x' }];
}

function* variantsOfList(list: readonly unknown[]): Generator<readonly [what: string, other: unknown]> {
  yield ['empty', []];
  if (list.length > 1) yield ['reverse', list.toReversed()];
  const last = list.at(-1);
  if (typeof last === 'string') yield ['add to', [...list, `${last}x`]];
  if (isMap(last)) {
    // Changes the key, whichever field it is.
    for (const [field, value] of Object.entries(last)) {
      if (typeof value === 'string') yield [`add (${field}) to`, [...list, { ...last, [field]: `${value}x` }]];
      if (typeof value === 'number') yield [`add (${field}) to`, [...list, { ...last, [field]: value + 1 }]];
    }
  }
}
