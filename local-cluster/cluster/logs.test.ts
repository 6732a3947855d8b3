import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findLog, listLogs, UnknownLogError } from './logs.ts';

const ONE_NODE = ['containerd@node-1.log', 'etcd.log', 'etcd.log.previous', 'kubelet@node-1.log'];
const TWO_NODES = [...ONE_NODE, 'kubelet@node-2.log', 'kubelet@node-2.log.previous', 'kyverno.log'];

describe('the log of a program', () => {
  it.each([
    ['of the control plane', TWO_NODES, 'etcd', 'etcd.log'],
    ['of a node', TWO_NODES, 'kubelet@node-2', 'kubelet@node-2.log'],
    ['of the only node', ONE_NODE, 'kubelet', 'kubelet@node-1.log'],
    ['of the only node that has one', TWO_NODES, 'containerd', 'containerd@node-1.log'],
    ['beside the cluster', TWO_NODES, 'kyverno', 'kyverno.log'],
    ['by the name of the file', TWO_NODES, 'etcd.log.previous', 'etcd.log.previous'],
  ])('%s', (_case, files, program, log) => {
    expect(findLog(files, program)).toBe(log);
  });

  it.each([
    [
      'on several nodes',
      TWO_NODES,
      'kubelet',
      '"kubelet" has a log on each of several nodes: kubelet@node-1, kubelet@node-2.',
    ],
    ['that has none', ONE_NODE, 'kyverno', 'The programs are containerd@node-1, etcd, kubelet@node-1.'],
    ['in another directory', ONE_NODE, '../logs/etcd', 'There is no log of "../logs/etcd".'],
    ['of a cluster that has not been started', [], 'etcd', 'There is no log of "etcd". The cluster has none yet.'],
  ])('of a program %s is unknown', (_case, files, program, message) => {
    expect(() => findLog(files, program)).toThrow(UnknownLogError);
    expect(() => findLog(files, program)).toThrow(message);
  });
});

describe('the logs of a cluster', () => {
  it('are the files in its directory, and none before its first start', () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'logs-'));
    try {
      expect(listLogs(stateDirectory)).toEqual([]);
      mkdirSync(join(stateDirectory, 'logs'));
      for (const file of ['kyverno.log', 'etcd.log']) writeFileSync(join(stateDirectory, 'logs', file), '');
      expect(listLogs(stateDirectory)).toEqual(['etcd.log', 'kyverno.log']);
    } finally {
      rmSync(stateDirectory, { recursive: true });
    }
  });
});
