import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../process/wait-until.ts';

/** The mount point of the cgroup hierarchies. */
const CGROUP_MOUNT = '/sys/fs/cgroup';

/** The controllers that the kubelet requires on cgroup v2. */
const V2_CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb'];

/** Creates a cgroup, such as that which contains the kubelet's pods, and its parents, on hosts with cgroup v1 or v2. */
export async function createCgroup(path: string, mount = CGROUP_MOUNT): Promise<void> {
  const names = path.split('/').slice(1);
  const levels = names.map((_, index) => names.slice(0, index + 1).join('/'));
  for (const level of levels)
    await (isUnified(mount) ? createUnified(level, mount) : createPerController(level, mount));
}

/** Kills every process in a cgroup and its descendants, and removes it from all hierarchies. */
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
  // Each level enables the controllers for the next one. A level that has all of them stays unchanged.
  for (const directory of [join(mount, path, '..'), join(mount, path)]) {
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
    // A new cpuset accepts no process until it has CPUs and memory nodes.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const parent = join(group, '..', file);
      if (existsSync(parent)) await writeFile(join(group, file), await readFile(parent, 'utf8'));
    }
  }
}

function hierarchies(mount: string): string[] {
  if (isUnified(mount)) return [mount];
  // All of them: runc creates cgroups in the v1 hierarchies, in systemd's, and in a v2 hierarchy beside them.
  return readdirSync(mount)
    .map((name) => join(mount, name))
    .filter((directory) => existsSync(join(directory, 'cgroup.procs')));
}

/** Sends SIGKILL to the processes below a cgroup, and returns their process IDs. */
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

/** All descendants of a cgroup, parents first. */
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
