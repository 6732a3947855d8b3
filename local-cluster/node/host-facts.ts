import { readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { findFile } from '../host/find-program.ts';
import { CNI_DIRECTORIES } from '../host/requirements.ts';
import { runCommand } from '../process/run-command.ts';
import { type ContainerdFacts, hasSysResource } from './containerd.ts';

const OVERLAYFS_MAGIC = 0x79_4c_76_30;

/** Loads the kernel modules of a node; ignores failures, since a module may be built in. */
export async function loadKernelModules(signal?: AbortSignal): Promise<void> {
  const modules = ['overlay', 'nf_conntrack', 'ip_tables', 'iptable_nat', 'nf_tables', 'veth'];
  for (const name of modules) await runCommand(['modprobe', '--quiet', name], {}, signal).catch(() => '');
  signal?.throwIfAborted();
}

/** Detects the properties of the machine for containerd's configuration. */
export function findContainerdFacts(stateDirectory: string): ContainerdFacts {
  const plugin = findFile('ptp', CNI_DIRECTORIES);
  if (plugin === undefined) throw new Error(`No CNI plugins found in ${CNI_DIRECTORIES.join(', ')}.`);
  const hasOverlay = /^nodev\toverlay$/mu.test(readFileSync('/proc/filesystems', 'utf8'));
  // An overlay cannot be stacked on another one, as in a container.
  const onOverlay = statfsSync(stateDirectory).type === OVERLAYFS_MAGIC;
  return {
    snapshotter: hasOverlay && !onOverlay ? 'overlayfs' : 'native',
    mayLowerOomScore: hasSysResource(),
    cniPluginDirectory: dirname(plugin),
  };
}
