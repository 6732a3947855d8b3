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
  /** The same place in the terms of FieldsV1, as far as the API tells fields apart there: `f:spec`, `f:ports`, `k:{...}`. */
  readonly steps: readonly string[];
}

/** Where a comparison is: made into a path only where there is a difference. */
interface Place {
  readonly parent: Place | undefined;
  /** The name of a field, or the text of an item, such as `[0]` or `[name=web]`. */
  readonly text: string;
  /** Its step of FieldsV1; undefined inside of what the API treats as one value. */
  readonly step: string | undefined;
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
const MAPS_OF_TEXT = new Set(['annotations', 'labels', 'matchLabels', 'nodeSelector', 'selector']);

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
  yield* inMap(undefined, desired as Fields, live as Fields, owned);
}

function* inMap(at: Place | undefined, desired: Fields, live: Fields, owned: Owned): Generator<Difference> {
  for (const [name, wanted] of Object.entries(desired)) {
    const found = valueOf(live, name);
    // Nearly every field is as wanted: it is not worth a place.
    if (wanted === found || isNothing(name, wanted)) continue;
    yield* inField(fieldOf(at, name, owned), wanted, found, stepInto(owned, `f:${name}`));
  }
  for (const name of ownedNames(owned, live)) {
    const found = valueOf(live, name);
    if (isNothing(name, valueOf(desired, name)) && !isNothing(name, found)) {
      yield difference(fieldOf(at, name, owned), undefined, found);
    }
  }
}

function* inField(at: Place, wanted: unknown, found: unknown, owned: Owned): Generator<Difference> {
  if (isNothing(at.text, found)) yield* inAbsence(at, wanted);
  else if (Array.isArray(wanted) && Array.isArray(found)) yield* inList(at, [wanted, found], owned);
  else if (isMap(wanted) && isMap(found)) yield* inNestedMap(at, [wanted, found], owned);
  else if (wanted !== found) yield difference(at, wanted, found);
}

/** What the server drops is as good as absent: an empty text, and a map of nothing but empty fields. */
function* inAbsence(at: Place, wanted: unknown): Generator<Difference> {
  const isDropped =
    isMap(wanted) && !MEANINGFUL_WHEN_EMPTY.has(at.text)
      ? inMap(at, wanted, {}, undefined).next().done === true
      : wanted === '' && !MAPS_OF_TEXT.has(at.parent?.text ?? '');
  if (!isDropped) yield difference(at, wanted, undefined);
}

function* inNestedMap(at: Place, [wanted, found]: readonly [Fields, Fields], owned: Owned): Generator<Difference> {
  const differing = inMap(at, wanted, found, ATOMIC_MAPS.has(at.text) ? ALL : owned);
  if (!QUANTITY_MAPS.has(at.text)) {
    yield* differing;
    return;
  }
  for (const one of differing) {
    if (!isSameQuantity(one.wanted, one.found)) yield one;
  }
}

function* inList(
  at: Place,
  [wanted, found]: readonly [readonly unknown[], readonly unknown[]],
  owned: Owned,
): Generator<Difference> {
  const keys = LIST_KEYS.get(at.text)?.find((candidate) => wanted.every((item) => hasFields(item, candidate)));
  if (keys !== undefined) {
    // SAFETY: each item has the key fields, so it is a map.
    yield* inKeyedList(at, keys, [wanted as readonly Fields[], found.filter(isMap)], owned);
  } else if (wanted.length === found.length) {
    for (const [index, item] of wanted.entries()) {
      yield* inItem({ parent: at, text: `[${index}]`, step: undefined }, item, found[index]);
    }
  } else {
    yield difference(at, wanted, found);
  }
}

/** Compares the items of an atomic list, in the kinds of which that we write the server fills in no defaults. */
function* inItem(at: Place, wanted: unknown, found: unknown): Generator<Difference> {
  if (isMap(wanted) && isMap(found)) yield* inMap(at, wanted, found, ALL);
  else if (wanted !== found) yield difference(at, wanted, found);
}

function* inKeyedList(
  list: Place,
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
    const at = itemOf(list, keys, item);
    if (live === undefined) yield difference(at, item, undefined);
    else yield* inMap(at, item, live, stepInto(owned, `k:${key}`));
  }
  for (const [key, item] of liveByKey) {
    const isSurplus = !wantedKeys.has(key) && stepInto(owned, `k:${key}`) !== undefined;
    if (isSurplus) yield difference(itemOf(list, keys, item), undefined, item);
  }
}

function fieldOf(parent: Place | undefined, name: string, owned: Owned): Place {
  return { parent, text: name, step: owned === ALL ? undefined : `f:${name}` };
}

function itemOf(parent: Place, keys: readonly string[], item: Fields): Place {
  const text = `[${keys.map((field) => `${field}=${String(item[field])}`).join(',')}]`;
  return { parent, text, step: `k:${keyOfItem(item, keys)}` };
}

function difference(at: Place, wanted: unknown, found: unknown): Difference {
  const places: Place[] = [];
  for (let place: Place | undefined = at; place !== undefined; place = place.parent) places.unshift(place);
  const steps = places.flatMap(({ step }) => step ?? []);
  return { path: places.reduce((path, { text }) => join(path, text), ''), wanted, found, steps };
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

function join(path: string, text: string): string {
  if (text.startsWith('[')) return `${path}${text}`;
  if (!/^[\w-]+$/.test(text)) return `${path}[${JSON.stringify(text)}]`;
  return path === '' ? text : `${path}.${text}`;
}
