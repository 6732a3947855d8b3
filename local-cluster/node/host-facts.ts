import { readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { findFile } from '../host/find-program.ts';
import { CNI_DIRECTORIES } from '../host/requirements.ts';
import { runCommand } from '../process/run-command.ts';
import { type ContainerdFacts, hasSysResource } from './containerd.ts';

const OVERLAYFS_MAGIC = 0x79_4c_76_30;

/** Asks the kernel for the modules of a node; those that are built in, or cannot be loaded, are no reason to fail here. */
export async function loadKernelModules(signal?: AbortSignal): Promise<void> {
  const modules = ['overlay', 'nf_conntrack', 'ip_tables', 'iptable_nat', 'nf_tables', 'veth'];
  for (const name of modules) await runCommand(['modprobe', '--quiet', name], {}, signal).catch(() => '');
  signal?.throwIfAborted();
}

/** Looks at the machine for what containerd has to know of it. */
export function findContainerdFacts(stateDirectory: string): ContainerdFacts {
  const plugin = findFile('ptp', CNI_DIRECTORIES);
  if (plugin === undefined) throw new Error(`There are no CNI plugins in ${CNI_DIRECTORIES.join(', ')}.`);
  const hasOverlay = /^nodev\toverlay$/mu.test(readFileSync('/proc/filesystems', 'utf8'));
  // An overlay cannot lie on another one, as in a container.
  const onOverlay = statfsSync(stateDirectory).type === OVERLAYFS_MAGIC;
  return {
    snapshotter: hasOverlay && !onOverlay ? 'overlayfs' : 'native',
    mayLowerOomScore: hasSysResource(),
    cniPluginDirectory: dirname(plugin),
  };
}
