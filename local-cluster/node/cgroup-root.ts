import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../process/wait-until.ts';

/** Where the hierarchies of cgroups are mounted. */
const CGROUP_MOUNT = '/sys/fs/cgroup';

/** The controllers that kubelet asks for on cgroup v2. */
const V2_CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb'];

/** Makes the cgroup below which kubelet keeps its pods, ready for use, on hosts of either version. */
export async function createCgroup(path: string, mount = CGROUP_MOUNT): Promise<void> {
  await (isUnified(mount) ? createUnified(path, mount) : createPerController(path, mount));
}

/** Ends every process in a cgroup and below, and removes it from all hierarchies. */
export async function deleteCgroup(path: string, mount = CGROUP_MOUNT): Promise<void> {
  const roots = hierarchies(mount).map((hierarchy) => join(hierarchy, path));
  await waitUntil({
    what: `the processes in the cgroup ${path} to end`,
    timeoutMs: 30_000,
    probe: () => roots.flatMap(killProcesses).length === 0 || undefined,
  });
  for (const root of roots) await removeTree(root);
}

function isUnified(mount: string): boolean {
  return existsSync(join(mount, 'cgroup.controllers'));
}

async function createUnified(path: string, mount: string): Promise<void> {
  await mkdir(join(mount, path), { recursive: true });
  // A directory of groups hands its controllers on, one level at a time; a level that has all of them is left as it is.
  for (const directory of [mount, join(mount, path)]) {
    const available = (await readFile(join(directory, 'cgroup.controllers'), 'utf8')).trim().split(' ');
    const control = join(directory, 'cgroup.subtree_control');
    const enabled = new Set((await readFile(control, 'utf8')).trim().split(' '));
    const wanted = V2_CONTROLLERS.filter((name) => available.includes(name) && !enabled.has(name));
    if (wanted.length > 0) await writeFile(control, wanted.map((name) => `+${name}`).join(' '));
  }
}

async function createPerController(path: string, mount: string): Promise<void> {
  for (const hierarchy of hierarchies(mount)) {
    const group = join(hierarchy, path);
    await mkdir(group, { recursive: true });
    // A new cpuset is empty, and takes no process until it has processors and memory.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const parent = join(hierarchy, file);
      if (existsSync(parent)) await writeFile(join(group, file), await readFile(parent, 'utf8'));
    }
  }
}

function hierarchies(mount: string): string[] {
  if (isUnified(mount)) return [mount];
  // All there are: runc makes groups in those of version 1, in systemd's own, and in the one of version 2 beside them.
  return readdirSync(mount)
    .map((name) => join(mount, name))
    .filter((directory) => existsSync(join(directory, 'cgroup.procs')));
}

/** Sends SIGKILL to what is left below a cgroup, and gives its process ids. */
function killProcesses(group: string): number[] {
  const pids = [group, ...subgroups(group)].flatMap((directory) => {
    const text = readIfThere(join(directory, 'cgroup.procs'));
    return text.split('\n').filter((line) => line !== '');
  });
  return pids.map((pid) => {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    return Number(pid);
  });
}

async function removeTree(group: string): Promise<void> {
  if (!existsSync(group)) return;
  for (const child of subgroups(group).toReversed()) await rmdir(child);
  await rmdir(group);
}

/** Gives all groups below a group, each after the one that it is in. */
function subgroups(group: string): string[] {
  if (!existsSync(group)) return [];
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(group, entry.name))
    .flatMap((child) => [child].concat(subgroups(child)));
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
