import { Applier, buildConditions, DEPLOYMENT, isCacheBehind, ownershipOptions } from 'controller-runtime';
import { type Manager, type Request, type Result, resultOf, SERVICE, writeStatus } from 'controller-runtime';
import { buildDeployment, buildService, labelsOf } from './children.ts';
import { type Memcached, MEMCACHEDS } from './memcached.ts';
import { computeConditions } from './status.ts';

/** Adds the controller that keeps a Deployment, a Service and the status of each Memcached. */
export function addMemcachedController(manager: Manager): void {
  const { client, clock } = manager;
  const memcacheds = manager.cache<Memcached>(MEMCACHEDS);
  const deployments = manager.appliedCache(DEPLOYMENT);
  const services = manager.appliedCache(SERVICE);
  const applier = new Applier({ client, clock, ownership: ownershipOptions(MEMCACHEDS, labelsOf) });

  async function reconcile({ object: memcached }: Request<Memcached>): Promise<Result> {
    // The garbage collector deletes the children with their owner.
    if (memcached.metadata.deletionTimestamp !== undefined) return { type: 'done' };
    const children = await applier.apply(memcached, [
      { kind: deployments, desired: buildDeployment(memcached) },
      { kind: services, desired: buildService(memcached) },
    ]);
    if (!isCacheBehind(children)) {
      const states = computeConditions(memcached, children, deployments.getOwnedBy(memcached));
      const conditions = buildConditions(memcached, states, clock.now());
      await writeStatus(client, memcacheds, memcached, { conditions });
    }
    return resultOf(children);
  }

  manager.controller({
    name: 'memcached',
    kind: 'Memcached',
    for: memcacheds,
    owns: [deployments, services],
    reconcile,
    forget: (key) => applier.forget(key),
  });
}
