import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Knowledge, SubjectName } from './subjects.ts';

/** A subject in a separate process. */
export class SubjectProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(name: SubjectName, serverUrl: string) {
    this.#child = fork(join(import.meta.dirname, 'subject-main.ts'), [name, serverUrl], { serialization: 'advanced' });
    this.#exited = once(this.#child, 'exit');
  }

  /** Resolves to the current state of the subject. Rejects if its process has ended. */
  async knowledge(): Promise<Knowledge> {
    const answer = once(this.#child, 'message');
    if (!this.#child.connected) throw new Error('the process of the subject has ended');
    this.#child.send('knowledge');
    const exited = this.#exited.then(() => Promise.reject(new Error('the process of the subject has ended')));
    // SAFETY: the only message that the process sends.
    const [knowledge] = (await Promise.race([answer, exited])) as [Knowledge];
    return knowledge;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}
