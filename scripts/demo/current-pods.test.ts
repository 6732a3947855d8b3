import { describe, expect, it } from '@jest/globals';
import type { ClusterAccess } from './cluster-access.ts';
import { listCurrentPods } from './current-pods.ts';

interface Fields {
  readonly owner?: string;
  readonly revision?: number;
  readonly deletionTimestamp?: string;
}

function object(kind: string, name: string, { owner, revision, deletionTimestamp }: Fields = {}): object {
  return {
    kind,
    metadata: {
      name,
      uid: name,
      ...(owner === undefined ? {} : { ownerReferences: [{ uid: owner }] }),
      ...(revision === undefined ? {} : { annotations: { 'deployment.kubernetes.io/revision': `${revision}` } }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  };
}

async function currentPods(items: readonly object[]): Promise<readonly string[]> {
  const get: ClusterAccess['get'] = <T>() => Promise.resolve({ items } as T); // The only request.
  const pods = await listCurrentPods({ get }, 'demo', new AbortController().signal);
  return pods.map(({ metadata }) => metadata.name);
}

describe('listCurrentPods', () => {
  it('leaves out the pods of earlier revisions, also when the earlier ReplicaSet has created one since', async () => {
    const pods = await currentPods([
      object('Pod', 'new-1', { owner: 'new' }),
      object('Pod', 'old-1', { owner: 'old' }),
      object('ReplicaSet', 'new', { owner: 'operator', revision: 10 }),
      object('ReplicaSet', 'old', { owner: 'operator', revision: 9 }),
    ]);
    expect(pods).toEqual(['new-1']);
  });

  it('compares the revisions of one Deployment only', async () => {
    const pods = await currentPods([
      object('Pod', 'a-1', { owner: 'a' }),
      object('Pod', 'b-1', { owner: 'b' }),
      object('ReplicaSet', 'a', { owner: 'operator', revision: 2 }),
      object('ReplicaSet', 'b', { owner: 'converter', revision: 1 }),
    ]);
    expect(pods).toEqual(['a-1', 'b-1']);
  });

  it('has the pod of a Job and a pod without owner, unless they are being deleted', async () => {
    const pods = await currentPods([
      object('Pod', 'hook', { owner: 'job' }),
      object('Pod', 'single'),
      object('Pod', 'deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ]);
    expect(pods).toEqual(['hook', 'single']);
  });
});
