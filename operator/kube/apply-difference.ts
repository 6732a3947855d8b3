import type { OwnedFields } from './owned-fields.ts';
import { isSameQuantity } from './quantity.ts';

/** One way in which a live object is not as an apply would make it. */
export interface Difference {
  /** Where, such as `spec.ports[port=80,protocol=TCP].targetPort`. */
  readonly path: string;
  /** What is wanted there; undefined when the field is to go. */
  readonly wanted: unknown;
  /** What is there; undefined when nothing is. */
  readonly found: unknown;
}

/** The value of an object in JSON. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * The keys of the lists that the API merges item by item (`x-kubernetes-list-map-keys` in its OpenAPI), for the lists
 * that this operator writes, by the name of the list. Every other list is atomic: it is compared, and owned, as a whole.
 */
const LIST_KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  ownerReferences: [['uid']],
  // Of a container and of a Service.
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
};

/** Maps that the API treats as one value (`x-kubernetes-map-type: atomic`): a foreign key in them is a difference. */
const ATOMIC_MAPS = new Set(['matchLabels', 'nodeSelector', 'selector']);

/** Maps whose values are quantities, which the server writes in its own canonical form. */
const QUANTITY_MAPS = new Set(['limits', 'requests']);

/**
 * Yields what a server-side apply of `desired` would change in `live`: each field that is missing or has another value,
 * and each field that the earlier applies own (`owned`) and that is no longer desired. Fields of others, and what the
 * server has filled in, are no difference.
 */
export function* differences(desired: object, live: object, owned: OwnedFields | undefined): Generator<Difference> {
  // SAFETY: both are JSON objects.
  yield* inMap('', desired as Fields, live as Fields, owned);
}

function* inMap(path: string, desired: Fields, live: Fields, owned: OwnedFields | undefined): Generator<Difference> {
  for (const [name, wanted] of Object.entries(desired)) {
    yield* inField({ path, name }, wanted, live[name], owned?.[`f:${name}`]);
  }
  for (const step of Object.keys(owned ?? {})) {
    const name = step.slice(2);
    if (step.startsWith('f:') && isNothing(desired[name]) && !isNothing(live[name])) {
      yield { path: join(path, name), wanted: undefined, found: live[name] };
    }
  }
}

function* inField(
  at: { path: string; name: string },
  wanted: unknown,
  found: unknown,
  owned: OwnedFields | undefined,
): Generator<Difference> {
  const path = join(at.path, at.name);
  if (isNothing(wanted)) return;
  if (isNothing(found)) yield { path, wanted, found: undefined };
  else if (Array.isArray(wanted) && Array.isArray(found)) yield* inList(path, at.name, [wanted, found], owned);
  else if (isMap(wanted) && isMap(found)) yield* inNestedMap(path, at.name, [wanted, found], owned);
  else if (wanted !== found) yield { path, wanted, found };
}

function* inNestedMap(
  path: string,
  name: string,
  [wanted, found]: readonly [Fields, Fields],
  owned: OwnedFields | undefined,
): Generator<Difference> {
  if (QUANTITY_MAPS.has(name)) {
    yield* inQuantities(path, [wanted, found], owned);
    return;
  }
  yield* inMap(path, wanted, found, owned);
  if (!ATOMIC_MAPS.has(name)) return;
  for (const [key, value] of Object.entries(found)) {
    if (!Object.hasOwn(wanted, key)) yield { path: join(path, key), wanted: undefined, found: value };
  }
}

function* inQuantities(
  path: string,
  [wanted, found]: readonly [Fields, Fields],
  owned: OwnedFields | undefined,
): Generator<Difference> {
  for (const difference of inMap(path, wanted, found, owned)) {
    if (!isSameQuantity(difference.wanted, difference.found)) yield difference;
  }
}

function* inList(
  path: string,
  name: string,
  [wanted, found]: readonly [readonly unknown[], readonly unknown[]],
  owned: OwnedFields | undefined,
): Generator<Difference> {
  const keys = LIST_KEYS[name]?.find((candidate) => wanted.every((item) => hasFields(item, candidate)));
  if (keys !== undefined) {
    // SAFETY: each item has the key fields, so it is a map.
    yield* inKeyedList(path, keys, [wanted as readonly Fields[], found.filter(isMap)], owned);
  } else if (wanted.length === found.length) {
    for (const [index, item] of wanted.entries()) yield* inItem(`${path}[${index}]`, item, found[index]);
  } else {
    yield { path, wanted, found };
  }
}

/** Compares the items of an atomic list, which the server may still have completed with defaults. */
function* inItem(path: string, wanted: unknown, found: unknown): Generator<Difference> {
  if (isMap(wanted) && isMap(found)) yield* inMap(path, wanted, found, undefined);
  else if (wanted !== found) yield { path, wanted, found };
}

function* inKeyedList(
  path: string,
  keys: readonly string[],
  [wanted, found]: readonly [readonly Fields[], readonly Fields[]],
  owned: OwnedFields | undefined,
): Generator<Difference> {
  const itemOf = (items: readonly Fields[], key: string): Fields | undefined =>
    items.find((item) => keyOfItem(item, keys) === key);
  for (const item of wanted) {
    const key = keyOfItem(item, keys);
    const live = itemOf(found, key);
    const itemPath = `${path}[${keys.map((field) => `${field}=${String(item[field])}`).join(',')}]`;
    if (live === undefined) yield { path: itemPath, wanted: item, found: undefined };
    else yield* inMap(itemPath, item, live, owned?.[`k:${key}`]);
  }
  for (const step of Object.keys(owned ?? {})) {
    const key = step.slice(2);
    if (!step.startsWith('k:') || itemOf(wanted, key) !== undefined) continue;
    const surplus = itemOf(found, key);
    if (surplus !== undefined) yield { path: `${path}[${key}]`, wanted: undefined, found: surplus };
  }
}

/** The key of an item as FieldsV1 writes it: a JSON object of its key fields, sorted by name. */
function keyOfItem(item: Fields, keys: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(keys.toSorted().map((field) => [field, item[field]])));
}

function hasFields(item: unknown, fields: readonly string[]): boolean {
  return isMap(item) && fields.every((field) => item[field] !== undefined);
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The server drops empty values of most fields, so that empty and absent are one. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function join(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
