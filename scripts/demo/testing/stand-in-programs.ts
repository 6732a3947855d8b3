import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Programs on the PATH that record how they are called and then run a script, with files of their own as state. */
export class StandInPrograms {
  /** The directory in which the scripts run. */
  readonly directory = mkdtempSync(join(tmpdir(), 'stand-ins-'));
  readonly #path = process.env['PATH'] ?? '';

  constructor(names: readonly string[], script: string) {
    for (const name of names) this.add(name, script);
    process.env['PATH'] = `${this.directory}${delimiter}${this.#path}`;
  }

  /** Adds or replaces a program. */
  add(name: string, script: string): void {
    const path = join(this.directory, name);
    const lines = ['#!/bin/sh', 'cd "$(dirname "$0")" || exit', 'echo "$(basename "$0") $*" >> calls', script];
    writeFileSync(path, lines.join('\n'));
    chmodSync(path, 0o755);
  }

  /** Creates a file that the scripts ask for. */
  touch(name: string): void {
    writeFileSync(join(this.directory, name), '');
  }

  /** The calls so far, as PROGRAM ARGUMENTS. */
  calls(): readonly string[] {
    return readFileSync(join(this.directory, 'calls'), 'utf8').trim().split('\n');
  }

  remove(): void {
    process.env['PATH'] = this.#path;
    rmSync(this.directory, { recursive: true });
  }
}
