import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** The modules that are loaded with main.ts, whatever its flags are. */
function loadedWith(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, specifier = ''] of source.matchAll(/^(?:import|export) (?:[^;]*? from )?'([^']+)';$/gmu)) {
    if (specifier.startsWith('.')) loadedWith(join(dirname(file), specifier), found);
    else found.add(specifier);
  }
  return found;
}

describe('the demo on a cluster of the user', () => {
  const loaded = [...loadedWith(join(import.meta.dirname, 'main.ts'))];

  it('loads of the local cluster, which needs Linux, only how to find and run programs', () => {
    const modules = loaded.filter((path) => path.includes('local-cluster')).map((path) => relative(REPOSITORY, path));
    expect(modules.toSorted()).toEqual([
      'local-cluster/host/find-program.ts',
      'local-cluster/process/run-command.ts',
      'local-cluster/process/system-path.ts',
    ]);
  });

  it('needs no npm package', () => {
    const packages = loaded.filter((path) => !path.startsWith('/') && !path.startsWith('node:'));
    expect(packages).toEqual([]);
  });
});
