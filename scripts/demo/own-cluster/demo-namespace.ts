import type { ClusterAccess } from '../cluster-access.ts';
import { CRD } from '../demo-objects.ts';
import { DemoError } from '../demo-error.ts';
import { log } from '../progress.ts';
import { isCreatedCrd } from './created-crd.ts';

/** The namespace of everything that the demo creates in a cluster of the user, apart from cluster-wide objects. */
export const DEMO_NAMESPACE = 'temperature-converter-demo';

/** Marks the namespace as the demo's own. */
const OWNER_LABEL = 'app.kubernetes.io/managed-by';
const OWNER = 'temperature-converter-demo';
/** On the namespace: whether the cluster had no definition before but that of an earlier demo, so that the demo's release installs it. */
const CREATES_CRD = 'temperature-converter.io/demo-creates-crd';

/** What the cluster has of the demo. */
export interface DemoNamespace {
  readonly isOwn: boolean;
  readonly isTerminating: boolean;
  readonly createsCrd: boolean;
}

interface Namespace {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase?: string };
}

/** Reads the demo's namespace; undefined if there is no namespace of this name. */
export async function readDemoNamespace(
  access: ClusterAccess,
  signal: AbortSignal,
): Promise<DemoNamespace | undefined> {
  const text = await access.kubectl(['get', 'namespace', DEMO_NAMESPACE, '--ignore-not-found', '-o', 'json'], signal);
  if (text.trim() === '') return undefined;
  const { metadata, status } = JSON.parse(text) as Namespace; // A Namespace of core/v1.
  return {
    isOwn: metadata.labels?.[OWNER_LABEL] === OWNER,
    isTerminating: status?.phase === 'Terminating',
    createsCrd: metadata.annotations?.[CREATES_CRD] === 'true',
  };
}

/** Throws a DemoError if the namespace exists and the demo did not create it. */
export async function checkDemoNamespace(access: ClusterAccess, signal: AbortSignal): Promise<void> {
  const existing = await readDemoNamespace(access, signal);
  if (existing !== undefined && !existing.isOwn) {
    throw new DemoError(
      `The cluster has a namespace ${DEMO_NAMESPACE} that the demo did not create, so the demo does not touch it: delete or rename it.`,
    );
  }
}

/**
 * Creates the namespace unless an earlier run did; waits until an earlier one is deleted. Returns whether the definition is, or will be,
 * one that the demo created.
 */
export async function ensureDemoNamespace(access: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  const existing = await readDemoNamespace(access, signal);
  if (existing?.isTerminating === true) {
    log(`waiting until the namespace ${DEMO_NAMESPACE} of an earlier run is deleted`);
    await access.kubectl(['wait', '--for=delete', `namespace/${DEMO_NAMESPACE}`, '--timeout=120s'], signal);
  } else if (existing !== undefined) return existing.createsCrd;
  const createsCrd = !(await hasCrd(access, signal)) || (await isCreatedCrd(access, signal));
  log(`creating the namespace ${DEMO_NAMESPACE}`);
  // The annotation comes before the definition, so that an interrupted run can be removed as well.
  await access.create(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: DEMO_NAMESPACE,
        labels: { [OWNER_LABEL]: OWNER },
        annotations: { [CREATES_CRD]: String(createsCrd) },
      },
    },
    signal,
  );
  return createsCrd;
}

/** Whether the cluster has the definition of TemperatureConverters. */
export async function hasCrd({ kubectl }: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  return (await kubectl(['get', 'crd', CRD, '--ignore-not-found', '-o', 'name'], signal)).trim() !== '';
}
