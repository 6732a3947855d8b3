import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadKubeConfig } from '../controller-runtime/client/connection.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { type Account, createAccount, kubeConfigOf, requestToken } from './testing/chart-account.ts';
import { createCertificateFiles } from './testing/client-certificate.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';

/** How long the operator uses credentials before it reads them again. */
const CREDENTIALS_LIFETIME_MS = 30_000;
/** Kinds that it watches. */
const WATCHED = 5;

const environment = setUpTestEnvironment();

/** Starts an operator whose token lies in a file, and gives a function that replaces it and makes the old one invalid. */
async function startWithTokenFile(): Promise<{ operator: RunningOperator; replace: () => Promise<void> }> {
  const { cluster, namespace, server } = environment;
  const account = await createAccount(cluster, namespace);
  const tokenFile = join(server.directory, `token-${namespace}`);
  const renew = async (secret: string): Promise<void> => {
    const bound = await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret } });
    await writeFile(tokenFile, await requestToken(cluster, account, bound));
  };
  await renew('first');
  const authProvider = { name: 'tokenFile', config: { tokenFile } };
  const operator = await environment.startSynced({ kubeConfig: await kubeConfigOf(server, { authProvider }) });
  const replace = async (): Promise<void> => {
    await renew('second');
    await cluster.delete('Secret', namespace, 'first');
  };
  return { operator, replace };
}

describe('a token that is replaced', () => {
  it('is read anew by watches that have to be opened again', async () => {
    const { cluster, namespace, server } = environment;
    const { operator, replace } = await startWithTokenFile();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await replace();
    // Open watches stay so with the old token. This ends them, and the server takes no token on trust any more.
    await server.controlPlane.stopApiServer();
    await server.controlPlane.startApiServer();
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8001 } } });
    await eventually(async () => {
      operator.clock.advance(1000);
      expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 8001 }] });
    });
  });

  it('is read anew when it is refused', async () => {
    const { cluster, namespace } = environment;
    const { operator, replace } = await startWithTokenFile();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await replace();
    let port = 8000;
    // The API server takes a token that it has seen for some seconds more.
    await eventually(async () => {
      port += 1;
      await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port } } });
      expect(await operator.metric('rest_client_requests_total', { code: '401' })).toBeGreaterThan(0);
    });
    await environment.applied('web');
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port }] });
  });
});

describe('a client certificate that is replaced', () => {
  it('is taken up while the operator runs, by writes and by watches', async () => {
    const { cluster, namespace, server } = environment;
    const { roles } = await createAccount(cluster, namespace);
    const [former, present] = [`former-${namespace}`, `present-${namespace}`];
    for (const user of [former, present]) await bindToRole(user, roles);
    const files = await createCertificateFiles(server, former);
    const operator = await environment.startSynced({ kubeConfig: loadKubeConfig(files) });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const before = await operator.requests();
    expect(new Set(before.map(({ user }) => user.username))).toEqual(new Set([former]));

    await files.replaceBy(present);
    await cluster.delete('ClusterRoleBinding', undefined, former);
    operator.clock.advance(CREDENTIALS_LIFETIME_MS);
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8001 } } });
    await environment.applied('web');
    const after = (await operator.requests()).slice(before.length);
    expect(after.map(({ user, responseStatus }) => [user.username, responseStatus?.code])).toEqual([
      [present, 200],
      [present, 200],
    ]);

    // Open watches stay so with the former certificate. This ends them.
    await server.controlPlane.stopApiServer();
    await server.controlPlane.startApiServer();
    await cluster.delete('Service', namespace, 'web');
    await eventually(async () => {
      operator.clock.advance(1000);
      await cluster.get('Service', namespace, 'web');
    });
    await operator.idle();
    await operator.stop();
    const all = await operator.requests();
    // A server that has just started refuses some that may, but none that it no longer knows is among them.
    const refused = all.filter(({ responseStatus }) => (responseStatus?.code ?? 0) >= 400);
    expect(refused.filter(({ user }) => user.username !== present)).toEqual([]);
    const watched = all.filter(({ verb, user }) => verb === 'watch' && user.username === present);
    expect(new Set(watched.map(({ objectRef }) => objectRef?.resource)).size).toBe(WATCHED);
  });
});

async function bindToRole(user: string, roles: Account['roles']): Promise<void> {
  const role = roles.find(([kind]) => kind === 'ClusterRole');
  const apiGroup = 'rbac.authorization.k8s.io';
  await environment.cluster.create({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: user },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role?.[2] },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  });
}
