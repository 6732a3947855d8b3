import { describe, expect, it } from '@jest/globals';
import { deleteCommand } from './invocation.ts';

describe('deleteCommand', () => {
  it.each([
    [{ context: 'kind-dev', engine: undefined }, 'npm run demo -- --context kind-dev --delete'],
    [{ context: 'kind-dev', engine: 'podman' }, 'npm run demo -- --context kind-dev --engine podman --delete'],
    [{ context: undefined, engine: undefined }, 'npm run demo -- --existing-cluster --delete'],
  ] as const)('names the cluster and the engine of %j', (options, command) => {
    expect(deleteCommand(options, {})).toBe(command);
  });

  it('names make where make started the demo', () => {
    expect(deleteCommand({ context: 'dev', engine: 'podman' }, { MAKELEVEL: '1' })).toBe(
      "make demo ARGS='--context dev --engine podman --delete'",
    );
  });
});
