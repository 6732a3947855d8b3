import { describe, expect, it } from '@jest/globals';
import type { ClusterAccess } from '../cluster-access.ts';
import { deleteObjects } from './delete-demo.ts';
import { ensureDemoNamespace } from './demo-namespace.ts';
import type { ClusterWideObject } from './release-leftovers.ts';

const NAMESPACE = 'temperature-converter-demo';
const CRD = 'temperatureconverters.temperature-converter.io';
const SIGNAL = new AbortController().signal;
const HOOK_LABELS = {
  'app.kubernetes.io/part-of': 'temperature-converter',
  'app.kubernetes.io/component': 'crds',
  'app.kubernetes.io/instance': 'temperature-converter',
};

interface State {
  readonly namespace?: 'own' | 'foreign';
  /** Whether the definition has the demo's annotation; undefined if there is none. */
  readonly crd?: 'created' | 'foreign';
  readonly roles?: readonly ClusterWideObject[];
}

/** A cluster in a state, which records the commands that delete and the objects that are created. */
function clusterWith({ namespace, crd, roles = [] }: State) {
  const changes: string[] = [];
  const created: object[] = [];
  const answers: Readonly<Record<string, string>> = {
    [`get namespace ${NAMESPACE} --ignore-not-found -o json`]:
      namespace === undefined
        ? ''
        : JSON.stringify({
            metadata: { labels: namespace === 'own' ? { 'app.kubernetes.io/managed-by': NAMESPACE } : {} },
          }),
    [`get crd ${CRD} --ignore-not-found -o name`]: crd === undefined ? '' : `${CRD}\n`,
  };
  const run = (args: readonly string[]): Promise<string> => {
    const command = args.join(' ');
    if (!command.startsWith('get ')) changes.push(command);
    const isAnnotation = command.includes('.metadata.annotations.');
    return Promise.resolve(isAnnotation && crd === 'created' ? 'true' : (answers[command] ?? ''));
  };
  const cluster: ClusterAccess & { readonly context: string } = {
    context: 'dev',
    kubectl: run,
    helm: run,
    get: <T>([kinds]: readonly string[]) =>
      Promise.resolve({ items: kinds?.startsWith('clusterroles') === true ? roles : [] } as T), // A list.
    create: (manifest) => {
      created.push(manifest);
      return Promise.resolve();
    },
  };
  return { cluster, changes, created };
}

function role(name: string, annotations: Readonly<Record<string, string>>): ClusterWideObject {
  return { kind: 'ClusterRole', metadata: { name, annotations } };
}

const OWN_ROLE = role('own', { 'meta.helm.sh/release-namespace': NAMESPACE });
const FOREIGN_ROLE = role('foreign', { 'meta.helm.sh/release-namespace': 'production' });

describe('deleteObjects', () => {
  it('deletes the definition and the cluster roles after the namespace was deleted without them', async () => {
    const { cluster, changes } = clusterWith({ crd: 'created', roles: [OWN_ROLE, FOREIGN_ROLE] });
    await deleteObjects(cluster, SIGNAL);
    expect(changes).toEqual(['delete clusterrole/own --ignore-not-found', `delete crd ${CRD} --timeout=60s`]);
  });

  it('deletes what an interrupted hook left', async () => {
    const hook = (name: string, namespace: string): readonly ClusterWideObject[] => {
      const metadata = { name, labels: HOOK_LABELS };
      return [
        { kind: 'ClusterRole', metadata },
        { kind: 'ClusterRoleBinding', metadata, subjects: [{ namespace }] },
      ];
    };
    const roles = [...hook('crds', NAMESPACE), ...hook('other-crds', 'production')];
    const { cluster, changes } = clusterWith({ namespace: 'own', roles });
    await deleteObjects(cluster, SIGNAL);
    const selector = Object.entries(HOOK_LABELS).map(([key, value]) => `${key}=${value}`);
    expect(changes).toContain(`delete jobs,serviceaccounts -n ${NAMESPACE} -l ${selector.join(',')}`);
    expect(changes).toContain('delete clusterrole/crds clusterrolebinding/crds --ignore-not-found');
  });

  it.each([
    { crd: 'foreign', roles: [FOREIGN_ROLE] },
    { namespace: 'foreign', crd: 'foreign', roles: [OWN_ROLE] },
  ] as const)('deletes nothing of others: %j', async (state) => {
    const { cluster, changes } = clusterWith(state);
    await deleteObjects(cluster, SIGNAL);
    expect(changes).toEqual([]);
  });
});

describe('ensureDemoNamespace', () => {
  it.each([
    [undefined, true],
    ['created', true],
    ['foreign', false],
  ] as const)('records for a definition that is %s whether the demo creates it: %s', async (crd, createsCrd) => {
    const { cluster, created } = clusterWith(crd === undefined ? {} : { crd });
    expect(await ensureDemoNamespace(cluster, SIGNAL)).toBe(createsCrd);
    const annotations = { 'temperature-converter.io/demo-creates-crd': String(createsCrd) };
    expect(created).toEqual([expect.objectContaining({ metadata: expect.objectContaining({ annotations }) })]);
  });
});
