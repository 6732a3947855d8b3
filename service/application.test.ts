import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApplication } from './application.ts';
import { PATHS } from './paths.ts';
import { IDENTIFIER } from './testing/running-service.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

describe('the application', () => {
  it('answers an unexpected error with 500 in JSON, and reports it', async () => {
    const error = new Error('unexpected');
    const failures: unknown[] = [];
    const application = createApplication({
      identifier: IDENTIFIER,
      version: '1.2.3',
      isStopping: () => {
        throw error;
      },
      onFailure: (failure) => failures.push(failure),
    });
    const started = createServer(application);
    server = started;
    await new Promise<void>((resolve) => {
      started.listen(0, '127.0.0.1', resolve);
    });
    // A server that listens on a port has an address with one.
    const { port } = started.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${PATHS.health}`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'Internal error.', app_identifier: IDENTIFIER });
    expect(failures).toEqual([error]);
  });
});
