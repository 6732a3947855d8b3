import { basename } from 'node:path';
import type { ContextEntry } from './build-context.ts';
import { buildArchive, type BuiltImage } from './built-image.ts';

/** Builds an image of one statically linked program and an empty /tmp; the entry point is the program with `argv`. */
export function buildProgramImage(
  program: string,
  argv: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<BuiltImage> {
  const name = basename(program);
  const dockerfile = `FROM scratch\nCOPY root/ /\nENTRYPOINT ${JSON.stringify([`/${name}`, ...argv])}\n`;
  const entries: ContextEntry[] = [
    { path: `root/${name}`, copyOf: program },
    { path: 'root/tmp', directoryMode: 0o1777 },
  ];
  return buildArchive(`local-cluster/${name}`, { dockerfile, buildArguments: {}, entries }, log, signal);
}
