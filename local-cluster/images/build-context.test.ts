import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BuildContext, entriesBelow, fingerprintOf, writeContext } from './build-context.ts';

describe('a build context', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'build-context-'));
    mkdirSync(join(directory, 'source', 'sub'), { recursive: true });
    writeFileSync(join(directory, 'source', 'b.ts'), 'b');
    writeFileSync(join(directory, 'source', 'sub', 'a.sh'), 'a', { mode: 0o755 });
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const contextOf = (more: Partial<BuildContext> = {}): BuildContext => ({
    dockerfile: 'FROM scratch\n',
    buildArguments: {},
    entries: entriesBelow(directory, 'source'),
    ...more,
  });

  it('lists the files below a directory in a fixed order, optionally below another path', () => {
    expect(contextOf().entries.map((entry) => entry.path)).toEqual(['source/b.ts', 'source/sub/a.sh']);
    expect(entriesBelow(directory, 'source/b.ts', 'root')).toEqual([
      { path: 'root/source/b.ts', copyOf: join(directory, 'source', 'b.ts') },
    ]);
  });

  it.each<[string, () => Partial<BuildContext>]>([
    ['another Dockerfile', () => ({ dockerfile: 'FROM other\n' })],
    ['another build argument', () => ({ buildArguments: { BASE: 'x' } })],
    ['one file less', () => ({ entries: entriesBelow(directory, 'source').slice(1) })],
    [
      'another content',
      () => {
        writeFileSync(join(directory, 'source', 'b.ts'), 'changed');
        return {};
      },
    ],
    [
      'another mode',
      () => {
        chmodSync(join(directory, 'source', 'b.ts'), 0o755);
        return {};
      },
    ],
    ['a link', () => ({ entries: [...entriesBelow(directory, 'source'), { path: 'l', linkTo: '/x' }] })],
  ])('has a different fingerprint with %s', async (_, change) => {
    const before = await fingerprintOf(contextOf());
    expect(await fingerprintOf(contextOf())).toBe(before);
    expect(await fingerprintOf(contextOf(change()))).not.toBe(before);
  });

  it('is written with modes that do not depend on the umask', async () => {
    const target = join(directory, 'target');
    mkdirSync(target);
    const umask = process.umask(0o077);
    try {
      const entries: BuildContext['entries'] = [
        ...entriesBelow(directory, 'source'),
        { path: 'etc/passwd', text: 'root' },
        { path: 'bin/sh', linkTo: '/bin/busybox' },
        { path: 'tmp', directoryMode: 0o1777 },
      ];
      await writeContext(contextOf({ entries }), target);
    } finally {
      process.umask(umask);
    }
    const modeOf = (path: string): number => lstatSync(join(target, path)).mode & 0o7777;
    expect(readFileSync(join(target, 'Dockerfile'), 'utf8')).toBe('FROM scratch\n');
    expect(readFileSync(join(target, 'etc/passwd'), 'utf8')).toBe('root');
    expect(readlinkSync(join(target, 'bin/sh'))).toBe('/bin/busybox');
    expect(['source', 'source/b.ts', 'source/sub/a.sh', 'etc', 'etc/passwd', 'tmp'].map(modeOf)).toEqual([
      0o755, 0o644, 0o755, 0o755, 0o644, 0o1777,
    ]);
  });
});
