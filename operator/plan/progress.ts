import type { Clock } from '../../controller-runtime/clock/clock.ts';

const FIRST_AFTER_MS = 2_000;
const EVERY_MS = 5_000;

/** Reports how many resources are planned while that takes long. */
export class Progress {
  readonly #print: (text: string) => void;
  readonly #clock: Clock;
  #nextMs: number;
  #done = 0;

  constructor(print: (text: string) => void, clock: Clock) {
    this.#print = print;
    this.#clock = clock;
    this.#nextMs = clock.monotonicMs() + FIRST_AFTER_MS;
  }

  /** Counts a planned resource; `remaining` ones follow, if that is known. */
  advance(remaining: number | undefined): void {
    this.#done += 1;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + EVERY_MS;
    const of = remaining === undefined ? '' : ` of ${this.#done + remaining}`;
    this.#print(`planned ${this.#done}${of} converters\n`);
  }
}
