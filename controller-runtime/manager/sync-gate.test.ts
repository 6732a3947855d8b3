import { describe, expect, it } from '@jest/globals';
import { SyncGate } from './sync-gate.ts';

/** Lets pending promises resolve. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('a gate', () => {
  it('opens once for a namespace, with the last of its lists, regardless of other namespaces', async () => {
    const opened: (string | undefined)[] = [];
    const gate = new SyncGate((scope) => opened.push(scope));
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    gate.waitFor('blue', first.promise);
    gate.waitFor('green', new Promise(() => undefined));
    gate.waitFor('blue', second.promise);

    first.resolve();
    await turn();
    expect([gate.isOpen('blue'), opened]).toEqual([false, []]);
    second.resolve();
    await turn();
    expect([gate.isOpen('blue'), gate.isOpen('green'), opened]).toEqual([true, false, ['blue']]);
  });

  it('opens for every namespace with the lists of all namespaces', async () => {
    const opened: (string | undefined)[] = [];
    const gate = new SyncGate((scope) => opened.push(scope));
    gate.waitFor(undefined, Promise.resolve());
    expect(gate.isOpen('blue')).toBe(false);
    await turn();
    expect([gate.isOpen('blue'), opened]).toEqual([true, [undefined]]);
  });

  it('stays closed for a namespace that is not watched', async () => {
    const gate = new SyncGate(() => undefined);
    gate.waitFor('blue', Promise.resolve());
    await turn();
    expect(gate.isOpen('green')).toBe(false);
  });
});
