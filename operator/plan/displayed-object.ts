import { dump } from 'js-yaml';
import { OWNER_GENERATION_ANNOTATION } from '../children/labels.ts';
import { isMap } from '../../controller-runtime/apply/json.ts';
import type { ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { unifiedDiff } from './unified-diff.ts';
import { yamlHeading } from './yaml-heading.ts';

/** Metadata that the API server sets. */
const SERVER_FIELDS = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
]);
/** What the API server allocates: a dry run gives another value than the write. */
const ALLOCATED = new Set(['nodePort', 'healthCheckNodePort', 'clusterIP', 'clusterIPs', 'ipFamilies']);
const ALLOCATED_TEXT = '<allocated by the API server>';
const WIDE = 1_000_000;

/** An object before or after a plan. */
export type PlannedObject = Pick<ReceivedObject, 'apiVersion' | 'kind'> & { readonly metadata: object };

/** Which kind an object of a list has, which the list leaves out. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Returns the unified diff of an object in YAML, without what the API server and controllers maintain. */
export function diffObjects(
  type: ObjectType,
  before: PlannedObject | undefined,
  after: PlannedObject | undefined,
): string {
  const [left, right] = [displayed(type, before), displayed(type, after)];
  const isCreated = before === undefined;
  const shownRight = isCreated || right === undefined ? right : maskAllocated(left, right);
  // The record changes with every write of an update: it shows only where nothing else does.
  const [quietLeft, quietRight] = [withoutRecord(left), withoutRecord(shownRight)];
  const diff = unifiedDiff(toYaml(quietLeft), toYaml(quietRight), yamlHeading);
  return diff === '' ? unifiedDiff(toYaml(left), toYaml(shownRight), yamlHeading) : diff;
}

function displayed({ apiVersion, kind }: ObjectType, object: PlannedObject | undefined): object | undefined {
  if (object === undefined) return undefined;
  const metadata = Object.entries(object.metadata).filter(([name]) => !SERVER_FIELDS.has(name));
  const { status: _status, ...fields }: PlannedObject & { status?: unknown } = object;
  return { apiVersion, kind, ...fields, metadata: Object.fromEntries(metadata) };
}

/** Replaces what a dry run has allocated for a field that the live object does not have. */
function maskAllocated(before: unknown, after: unknown): unknown {
  if (Array.isArray(after)) {
    const items: readonly unknown[] = Array.isArray(before) ? before : [];
    return after.map((item, index) => maskAllocated(items[index], item));
  }
  if (!isMap(after)) return after;
  const live = isMap(before) ? before : {};
  const fields = Object.entries(after).map(([name, value]) => {
    const isAllocated = ALLOCATED.has(name) && value !== undefined && live[name] === undefined;
    return [name, isAllocated ? ALLOCATED_TEXT : maskAllocated(live[name], value)] as const;
  });
  return Object.fromEntries(fields);
}

function withoutRecord(object: unknown): unknown {
  if (!isMap(object) || !isMap(object['metadata'])) return object;
  const { annotations, ...metadata } = object['metadata'];
  if (!isMap(annotations)) return object;
  const { [OWNER_GENERATION_ANNOTATION]: _record, ...others } = annotations;
  return { ...object, metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others } };
}

function toYaml(object: unknown): string {
  return object === undefined ? '' : dump(object, { lineWidth: WIDE, noRefs: true, sortKeys: true });
}
