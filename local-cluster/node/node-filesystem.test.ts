import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../process/run-command.ts';
import { enterNewNodeFilesystem, renderMountScript } from './node-filesystem.ts';

describe('renderMountScript', () => {
  it('is a valid shell script for any directory name', async () => {
    const script = renderMountScript({
      stateDirectory: "/home/o'neill/my state",
      nodeDirectory: "/home/o'neill/my state/nodes/node-1",
      toolsDirectory: '/opt/$HOME/tools',
    });
    await expect(runCommand(['sh', '-n', '-c', script])).resolves.toBe('');
    expect(script).toContain(String.raw`mount -n --bind '/home/o'\''neill/my state'`);
    expect(script).toContain("mount -n --bind '/opt/$HOME/tools'");
  });

  it('hides the host’s directories only after it has mounted their contents elsewhere', () => {
    const lines = renderMountScript({
      stateDirectory: '/var/lib/me/state',
      nodeDirectory: '/var/lib/me/state/nodes/node-1',
      toolsDirectory: '/var/lib/me/tools',
    }).split('\n');
    const lineOf = (part: string): number => lines.findIndex((line) => line.includes(part));
    expect(lineOf('--move')).toBeGreaterThan(lineOf("--bind '/var/lib/me/tools'"));
    expect(lineOf('/run/node/var-lib /var/lib')).toBeGreaterThan(lineOf('--move'));
    expect(lines.at(-1)).toBe('exec "$@"');
  });
});

describe('enterNewNodeFilesystem', () => {
  it('hides its mounts from the host', () => {
    const mounts = { stateDirectory: '/state', nodeDirectory: '/state/nodes/node-1', toolsDirectory: '/tools' };
    const argv = enterNewNodeFilesystem(mounts, ['containerd', '--config', 'x']);
    expect(argv.slice(0, 4)).toEqual(['unshare', '--mount', '--propagation', 'slave']);
    expect(argv.slice(-3)).toEqual(['containerd', '--config', 'x']);
  });
});
