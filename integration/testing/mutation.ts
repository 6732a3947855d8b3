/** A change that a policy makes to every new or updated object of a kind. */
export type Mutation =
  | {
      readonly kind: PolicyKind;
      /** The fields that are set, as in an apply: the items of a list are merged by their names. */
      readonly fields: Fields;
    }
  | {
      readonly kind: PolicyKind;
      /** A field that is added, for lists that an apply cannot extend. */
      readonly add: { readonly path: string; readonly value: unknown };
    };

/** A kind that policies match. */
export type PolicyKind = 'Deployment' | 'Service' | 'HorizontalPodAutoscaler';

/** A part of an object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Fields whose value is a map in the API, not an object with fields of its own. */
const MAPS = new Set(['labels', 'annotations', 'requests', 'limits', 'nodeSelector']);

/** The mutation of a MutatingAdmissionPolicy: an expression in CEL. */
export function toPolicyMutation(mutation: Mutation): object {
  if ('fields' in mutation) {
    const expression = toConfiguration('Object', mutation.fields);
    return { patchType: 'ApplyConfiguration', applyConfiguration: { expression } };
  }
  const { path, value } = mutation.add;
  const expression = `[JSONPatch{op: "add", path: ${JSON.stringify(path)}, value: ${JSON.stringify(value)}}]`;
  return { patchType: 'JSONPatch', jsonPatch: { expression } };
}

/** Renders a value of a type such as `Object.spec.template`. */
function toConfiguration(type: string, value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => toConfiguration(type, item)).join(', ')}]`;
  if (!isFields(value)) return JSON.stringify(value);
  if (MAPS.has(type.split('.').at(-1) ?? '')) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${toConfiguration(`${type}.${name}`, field)}`);
  return `${type}{${fields.join(', ')}}`;
}

/** The operations of a JSON patch by which a webhook changes an object. */
export function toJsonPatch(object: Fields, mutation: Mutation): readonly object[] {
  if ('add' in mutation) return [{ op: 'add', ...mutation.add }];
  const { metadata, ...parts } = mutation.fields;
  // Not the whole metadata, which has fields that cannot change.
  return [...patchesOf('', object, parts), ...patchesOf('/metadata', object['metadata'], metadata)];
}

function patchesOf(path: string, object: unknown, fields: unknown): readonly object[] {
  if (!isFields(object) || !isFields(fields)) return [];
  return Object.entries(fields).map(([name, value]) => ({
    op: 'add',
    path: `${path}/${name}`,
    value: mergeValue(object[name], value),
  }));
}

/** Sets fields as an apply does: the items of a list are merged by their names. */
export function mergeFields(object: Fields, fields: Fields): Fields {
  const merged = Object.entries(fields).map(([name, value]) => [name, mergeValue(object[name], value)]);
  return { ...object, ...Object.fromEntries(merged) };
}

function mergeValue(current: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return mergeList(Array.isArray(current) ? current : [], value);
  return isFields(current) && isFields(value) ? mergeFields(current, value) : value;
}

function nameOf(item: unknown): unknown {
  return isFields(item) ? item['name'] : item;
}

/** Merges the items that have the same name, and adds the others. */
function mergeList(current: readonly unknown[], items: readonly unknown[]): readonly unknown[] {
  const merged = current.map((item) => {
    const change = items.find((candidate) => nameOf(candidate) === nameOf(item));
    return change === undefined ? item : mergeValue(item, change);
  });
  const names = new Set(current.map(nameOf));
  return [...merged, ...items.filter((item) => !names.has(nameOf(item)))];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
