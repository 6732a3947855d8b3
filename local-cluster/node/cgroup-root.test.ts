import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCgroup, deleteCgroup } from './cgroup-root.ts';

/** Plain files in a directory stand in for the cgroup file systems. */
describe('the cgroup of a node', () => {
  let mount: string;

  beforeEach(() => {
    mount = mkdtempSync(join(tmpdir(), 'cgroup-'));
  });

  afterEach(() => {
    rmSync(mount, { recursive: true, force: true });
  });

  const write = (path: string, text: string): void => {
    mkdirSync(join(mount, path, '..'), { recursive: true });
    writeFileSync(join(mount, path), text);
  };
  const read = (path: string): string => readFileSync(join(mount, path), 'utf8');

  describe('on a host with version 1', () => {
    beforeEach(() => {
      for (const hierarchy of ['cpuset', 'memory', 'unified']) write(`${hierarchy}/cgroup.procs`, '');
      write('cpuset/cpuset.cpus', '0-3\n');
      write('cpuset/cpuset.mems', '0\n');
      mkdirSync(join(mount, 'not-a-hierarchy'));
    });

    it('is created in every hierarchy, with the CPUs and the memory nodes of the parent', async () => {
      await createCgroup('/tco-x', mount);
      expect(['cpuset', 'memory', 'unified'].map((name) => existsSync(join(mount, name, 'tco-x')))).toEqual([
        true,
        true,
        true,
      ]);
      expect(existsSync(join(mount, 'not-a-hierarchy/tco-x'))).toBe(false);
      expect([read('cpuset/tco-x/cpuset.cpus'), read('cpuset/tco-x/cpuset.mems')]).toEqual(['0-3\n', '0\n']);
    });

    it('is created below another one, each with the CPUs of its parent', async () => {
      await createCgroup('/tco-x/node-2', mount);
      expect([read('cpuset/tco-x/cpuset.cpus'), read('cpuset/tco-x/node-2/cpuset.cpus')]).toEqual(['0-3\n', '0-3\n']);
    });

    it('is removed with its descendants only', async () => {
      mkdirSync(join(mount, 'memory/tco-x/kubepods/pod1'), { recursive: true });
      mkdirSync(join(mount, 'memory/tco-xy'));
      await deleteCgroup('/tco-x', mount);
      expect(existsSync(join(mount, 'memory/tco-x'))).toBe(false);
      expect(existsSync(join(mount, 'memory/tco-xy'))).toBe(true);
    });

    it('may be removed when it does not exist', async () => {
      await expect(deleteCgroup('/tco-x', mount)).resolves.toBeUndefined();
    });
  });

  describe('on a host with version 2', () => {
    it('is created once, and enables the available controllers that are not enabled yet', async () => {
      write('cgroup.controllers', 'cpuset cpu io memory pids rdma\n');
      write('cgroup.subtree_control', 'memory pids\n');
      write('tco-x/cgroup.controllers', 'cpuset cpu io memory pids\n');
      write('tco-x/cgroup.subtree_control', '\n');
      await createCgroup('/tco-x', mount);
      expect(read('cgroup.subtree_control')).toBe('+cpu +cpuset +io');
      expect(read('tco-x/cgroup.subtree_control')).toBe('+cpu +cpuset +memory +pids +io');
    });
  });
});
