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
const ALLOCATED = new Set(['nodePort', 'healthCheckNodePort', 'clusterIP', 'clusterIPs']);
const ALLOCATED_TEXT = '<allocated by the API server>';
const WIDE = 1_000_000;

/** An object before or after a plan. */
export type PlannedObject = Pick<ReceivedObject, 'apiVersion' | 'kind'> & { readonly metadata: object };

/** Which kind an object of a list has, which the list leaves out. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Returns the unified diff of an object in YAML, without what the API server and controllers maintain. What is allocated by
 * the API server is shown only where `desired` has it.
 */
export function diffObjects(
  desired: ObjectType,
  before: PlannedObject | undefined,
  after: PlannedObject | undefined,
): string {
  const left = displayed(desired, before);
  const right = maskAllocated(desired, left, displayed(desired, after));
  // The record changes with every write: it shows only where nothing else does.
  const diff = unifiedDiff(toYaml(withoutRecord(left)), toYaml(withoutRecord(right)), yamlHeading);
  return diff === '' ? unifiedDiff(toYaml(left), toYaml(right), yamlHeading) : diff;
}

function displayed({ apiVersion, kind }: ObjectType, object: PlannedObject | undefined): object | undefined {
  if (object === undefined) return undefined;
  const metadata = Object.entries(object.metadata).filter(([name]) => !SERVER_FIELDS.has(name));
  const { status: _status, ...fields }: PlannedObject & { status?: unknown } = object;
  return { apiVersion, kind, ...fields, metadata: Object.fromEntries(metadata) };
}

/** Replaces what a dry run has allocated for a field that neither the live nor the desired object has. */
function maskAllocated(desired: unknown, before: unknown, after: unknown): unknown {
  if (Array.isArray(after)) {
    return after.map((item, index) => maskAllocated(itemOf(desired, index), itemOf(before, index), item));
  }
  if (!isMap(after)) return after;
  const [wanted, live] = [isMap(desired) ? desired : {}, isMap(before) ? before : {}];
  const fields = Object.entries(after).map(([name, value]) => {
    const isAllocated = ALLOCATED.has(name) && wanted[name] === undefined && live[name] === undefined;
    return [name, isAllocated ? ALLOCATED_TEXT : maskAllocated(wanted[name], live[name], value)] as const;
  });
  return Object.fromEntries(fields);
}

function itemOf(list: unknown, index: number): unknown {
  return Array.isArray(list) ? list[index] : undefined;
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
