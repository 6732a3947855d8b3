import { describe, expect, it } from '@jest/globals';
import { type ChildReport, reportChildren } from './child-report.ts';
import type { Observation } from './live-objects.ts';
import {
  childMetadata,
  deployment,
  minutesAgo,
  observation,
  readyConverter,
  service,
} from './testing/example-observation.ts';

const converter = readyConverter();

function report(kind: ChildReport['kind'], more: Partial<Observation>): ChildReport | undefined {
  return reportChildren(observation(more)).find((child) => child.kind === kind);
}

describe('the state of a child', () => {
  it.each([
    [{ replicas: 2, updatedReplicas: 2, availableReplicas: 2 }, '2/2 available'],
    [{ replicas: 3, updatedReplicas: 1, availableReplicas: 2 }, '2/2 available, 1/2 updated'],
    [{ replicas: 3, updatedReplicas: 2, availableReplicas: 2 }, '2/2 available, 2/2 updated'],
    [undefined, '0/2 available, 0/2 updated'],
  ])('Deployment with status %j: %s', (status, state) => {
    const live = { ...deployment(converter), status };
    expect(report('Deployment', { children: { Deployment: live as never } })?.state).toBe(state);
  });

  it.each([
    [{ type: 'ClusterIP', clusterIP: '10.0.0.1', ports: [{ port: 80 }] }, undefined, 'ClusterIP 10.0.0.1, port 80'],
    [
      { type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30_080 }, { port: 9000 }] },
      undefined,
      'NodePort 10.0.0.1, port 80 (node port 30080), 9000',
    ],
    [
      { type: 'LoadBalancer', clusterIP: '10.0.0.1', ports: [{ port: 80 }] },
      {},
      'LoadBalancer 10.0.0.1, port 80, no external address yet',
    ],
    [
      { type: 'LoadBalancer', clusterIP: '10.0.0.1', ports: [{ port: 80 }] },
      { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }] } },
      'LoadBalancer 10.0.0.1, port 80, 192.0.2.1, lb.example.com',
    ],
  ])('Service %j with status %j: %s', (spec, status, state) => {
    const live = service(converter, { spec, ...(status === undefined ? {} : { status }) });
    expect(report('Service', { children: { Service: live } })?.state).toBe(state);
  });

  it('PodDisruptionBudget: only where the spec asks for one, or one is left', () => {
    const budget = { metadata: childMetadata(converter), status: { disruptionsAllowed: 1 } };
    const wanting = readyConverter({ spec: { podDisruptionBudget: { maxUnavailable: 1 } } });
    expect(report('PodDisruptionBudget', {})).toBeUndefined();
    expect(report('PodDisruptionBudget', { children: { PodDisruptionBudget: budget } })?.state).toBe(
      '1 disruptions allowed',
    );
    expect(report('PodDisruptionBudget', { converter: wanting })?.state).toBe('does not exist');
    const foreign = { metadata: { ...budget.metadata, ownerReferences: [] } };
    expect(report('PodDisruptionBudget', { children: { PodDisruptionBudget: foreign } })).toBeUndefined();
  });

  it('names the owner of an object of the same name that belongs to another', () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'Other', name: 'app', uid: 'u9', controller: true };
    const metadata = { ...childMetadata(converter), ownerReferences: [owner] };
    expect(report('Service', { children: { Service: service(converter, { metadata }) } })).toMatchObject({
      state: 'exists, but Other app controls it',
      isOwn: false,
    });
    const orphan = { ...metadata, ownerReferences: [] };
    expect(report('Service', { children: { Service: service(converter, { metadata: orphan }) } })?.state).toBe(
      'exists, but no TemperatureConverter controls it',
    );
  });

  it('says that a child is being deleted', () => {
    const metadata = childMetadata(converter, { deletionTimestamp: minutesAgo(1) });
    expect(report('Service', { children: { Service: service(converter, { metadata }) } })?.state).toBe(
      'being deleted, ClusterIP 10.96.114.7, port 80',
    );
  });

  it('of a resource that is being deleted does not list children that are gone', () => {
    const deleting = readyConverter({ metadata: { deletionTimestamp: minutesAgo(1) } });
    expect(reportChildren(observation({ converter: deleting, children: {} }))).toEqual([]);
  });
});

describe('the last change of a child', () => {
  it('is the newest one of anything but the status, with its field manager', () => {
    expect(report('Deployment', {})?.lastChange).toEqual({
      time: minutesAgo(12),
      manager: 'kube-controller-manager',
    });
    expect(report('Service', {})?.lastChange).toEqual({
      time: minutesAgo(180),
      manager: 'temperature-converter-operator',
    });
  });

  it('is its creation if the managed fields were removed', () => {
    const metadata = childMetadata(converter, { managedFields: [] });
    expect(report('Service', { children: { Service: service(converter, { metadata }) } })?.lastChange).toEqual({
      time: minutesAgo(180),
      manager: '',
    });
  });
});
