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
 * that this operator writes, by the name of the list; each in the order of FieldsV1, by name. Every other list is atomic:
 * it is compared, and owned, as a whole.
 */
const LIST_KEYS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['containers', [['name']]],
  ['env', [['name']]],
  ['imagePullSecrets', [['name']]],
  ['ownerReferences', [['uid']]],
  // Of a container and of a Service.
  [
    'ports',
    [
      ['containerPort', 'protocol'],
      ['port', 'protocol'],
    ],
  ],
  ['topologySpreadConstraints', [['topologyKey', 'whenUnsatisfiable']]],
]);

/** Maps that the API treats as one value (`x-kubernetes-map-type: atomic`): what is found in them is all ours. */
const ATOMIC_MAPS = new Set(['labelSelector', 'matchLabels', 'namespaceSelector', 'nodeSelector', 'selector']);

/** Fields whose empty value says something else than their absence: an empty selector selects all, none selects none. */
const MEANINGFUL_WHEN_EMPTY = new Set(['labelSelector', 'namespaceSelector']);

/** Maps of text: they keep an empty value, where the server drops an empty field. */
const MAP_OF_TEXT = /(?:^|\.)(?:annotations|labels|matchLabels|nodeSelector|selector)$/;

/** Stands for the owned fields inside of an atomic map or list. */
const ALL = Symbol('all');
type Owned = OwnedFields | typeof ALL | undefined;

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

function* inMap(path: string, desired: Fields, live: Fields, owned: Owned): Generator<Difference> {
  for (const [name, wanted] of Object.entries(desired)) {
    yield* inField({ path, name }, wanted, valueOf(live, name), stepInto(owned, `f:${name}`));
  }
  for (const name of ownedNames(owned, live)) {
    const found = valueOf(live, name);
    if (isNothing(name, valueOf(desired, name)) && !isNothing(name, found)) {
      yield { path: join(path, name), wanted: undefined, found };
    }
  }
}

function* inField(
  at: { path: string; name: string },
  wanted: unknown,
  found: unknown,
  owned: Owned,
): Generator<Difference> {
  // Nearly every field is as wanted: it is not worth a path.
  if (wanted === found || isNothing(at.name, wanted)) return;
  const path = join(at.path, at.name);
  if (isNothing(at.name, found)) yield* inAbsence(at, wanted);
  else if (Array.isArray(wanted) && Array.isArray(found)) yield* inList(path, at.name, [wanted, found], owned);
  else if (isMap(wanted) && isMap(found)) yield* inNestedMap(path, at.name, [wanted, found], owned);
  else if (wanted !== found) yield { path, wanted, found };
}

/** What the server drops is as good as absent: an empty text, and a map of nothing but empty fields. */
function* inAbsence({ path: parent, name }: { path: string; name: string }, wanted: unknown): Generator<Difference> {
  const path = join(parent, name);
  const isDropped =
    isMap(wanted) && !MEANINGFUL_WHEN_EMPTY.has(name)
      ? inMap(path, wanted, {}, undefined).next().done === true
      : wanted === '' && !MAP_OF_TEXT.test(parent);
  if (!isDropped) yield { path, wanted, found: undefined };
}

function* inNestedMap(
  path: string,
  name: string,
  [wanted, found]: readonly [Fields, Fields],
  owned: Owned,
): Generator<Difference> {
  const differing = inMap(path, wanted, found, ATOMIC_MAPS.has(name) ? ALL : owned);
  if (!QUANTITY_MAPS.has(name)) {
    yield* differing;
    return;
  }
  for (const difference of differing) {
    if (!isSameQuantity(difference.wanted, difference.found)) yield difference;
  }
}

function* inList(
  path: string,
  name: string,
  [wanted, found]: readonly [readonly unknown[], readonly unknown[]],
  owned: Owned,
): Generator<Difference> {
  const keys = LIST_KEYS.get(name)?.find((candidate) => wanted.every((item) => hasFields(item, candidate)));
  if (keys !== undefined) {
    // SAFETY: each item has the key fields, so it is a map.
    yield* inKeyedList(path, keys, [wanted as readonly Fields[], found.filter(isMap)], owned);
  } else if (wanted.length === found.length) {
    for (const [index, item] of wanted.entries()) yield* inItem(`${path}[${index}]`, item, found[index]);
  } else {
    yield { path, wanted, found };
  }
}

/** Compares the items of an atomic list, in the kinds of which that we write the server fills in no defaults. */
function* inItem(path: string, wanted: unknown, found: unknown): Generator<Difference> {
  if (isMap(wanted) && isMap(found)) yield* inMap(path, wanted, found, ALL);
  else if (wanted !== found) yield { path, wanted, found };
}

function* inKeyedList(
  path: string,
  keys: readonly string[],
  [wanted, found]: readonly [readonly Fields[], readonly Fields[]],
  owned: Owned,
): Generator<Difference> {
  const liveByKey = new Map(found.map((item) => [keyOfItem(item, keys), item]));
  const wantedKeys = new Set<string>();
  for (const item of wanted) {
    const key = keyOfItem(item, keys);
    wantedKeys.add(key);
    const live = liveByKey.get(key);
    const itemPath = `${path}[${keys.map((field) => `${field}=${String(item[field])}`).join(',')}]`;
    if (live === undefined) yield { path: itemPath, wanted: item, found: undefined };
    else yield* inMap(itemPath, item, live, stepInto(owned, `k:${key}`));
  }
  for (const [key, item] of liveByKey) {
    const isSurplus = !wantedKeys.has(key) && stepInto(owned, `k:${key}`) !== undefined;
    if (isSurplus) yield { path: `${path}[${key}]`, wanted: undefined, found: item };
  }
}

/** What is owned inside of a field or an item of a list. */
function stepInto(owned: Owned, step: string): Owned {
  return owned === ALL ? ALL : owned?.[step];
}

/** The names of the fields of a map that are ours to take away. */
function ownedNames(owned: Owned, live: Fields): readonly string[] {
  if (owned === ALL) return Object.keys(live);
  return Object.keys(owned ?? {}).flatMap((step) => (step.startsWith('f:') ? step.slice(2) : []));
}

/** A field's own value: a label may be called `constructor`. */
function valueOf(map: Fields, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** The key of an item as FieldsV1 writes it: a JSON object of its key fields. */
function keyOfItem(item: Fields, keys: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(keys.map((field) => [field, item[field]])));
}

function hasFields(item: unknown, fields: readonly string[]): boolean {
  return isMap(item) && fields.every((field) => item[field] !== undefined);
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The server drops empty values of most fields, so that empty and absent are one. */
function isNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0 && !MEANINGFUL_WHEN_EMPTY.has(name);
}

function join(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
