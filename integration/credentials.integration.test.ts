import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadKubeConfig } from '../controller-runtime/client/connection.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { type Account, createServiceAccount, kubeConfigOf, requestToken } from './testing/chart-service-account.ts';
import { createCertificateFiles } from './testing/client-certificate.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { type RunningOperator, WATCHED_KINDS } from './testing/running-operator.ts';

/** After this time the operator reads its credentials again. */
const CREDENTIALS_LIFETIME_MS = 30_000;

const environment = setUpTestEnvironment({ clientCertificates: true });

/** Starts an operator that reads its token from a file; `replace` writes a new token and invalidates the old one. */
async function startWithTokenFile(): Promise<{ operator: RunningOperator; replace: () => Promise<void> }> {
  const { cluster, namespace, server } = environment;
  const account = await createServiceAccount(cluster, namespace);
  const tokenFile = join(server.directory, `token-${namespace}`);
  const renew = async (secret: string): Promise<void> => {
    const bound = await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret } });
    await writeFile(tokenFile, await requestToken(cluster, account, bound));
  };
  await renew('first');
  const authProvider = { name: 'tokenFile', config: { tokenFile } };
  const operator = await environment.startSynced({ kubeConfig: kubeConfigOf(server, { authProvider }) });
  const replace = async (): Promise<void> => {
    await renew('second');
    await cluster.delete('Secret', namespace, 'first');
  };
  return { operator, replace };
}

describe('a rotated service account token', () => {
  it('is read again when watches are reopened', async () => {
    const { cluster, namespace, server } = environment;
    const { operator, replace } = await startWithTokenFile();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await replace();
    // An open watch outlives its token. A restart closes the watches and clears the API server's token cache.
    await server.apiServer.stopApiServer();
    await server.apiServer.startApiServer();
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8001 } } });
    await eventually(async () => {
      operator.clock.advance(1000);
      expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 8001 }] });
    });
  });

  it('is read again after a 401', async () => {
    const { cluster, namespace } = environment;
    const { operator, replace } = await startWithTokenFile();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await replace();
    let port = 8000;
    // The API server caches authenticated tokens for some seconds.
    await eventually(async () => {
      port += 1;
      await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port } } });
      expect(await operator.metric('rest_client_requests_total', { code: '401' })).toBeGreaterThan(0);
    });
    await environment.applied('web');
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port }] });
  });
});

describe('a rotated client certificate', () => {
  it('is used by writes and watches without a restart of the operator', async () => {
    const { cluster, namespace, server } = environment;
    const { roles } = await createServiceAccount(cluster, namespace);
    const [former, present] = [`former-${namespace}`, `present-${namespace}`];
    for (const user of [former, present]) await bindToRole(user, roles);
    const files = await createCertificateFiles(server, former);
    const operator = await environment.startSynced({ kubeConfig: loadKubeConfig(files) });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const before = await operator.requests();
    expect(new Set(before.map(({ user }) => user.username))).toEqual(new Set([former]));

    await files.replaceWith(present);
    await cluster.delete('ClusterRoleBinding', undefined, former);
    operator.clock.advance(CREDENTIALS_LIFETIME_MS);
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8001 } } });
    await environment.applied('web');
    const after = (await operator.requests()).slice(before.length);
    expect(after.map(({ user, responseStatus }) => [user.username, responseStatus?.code])).toEqual([
      [present, 200],
      [present, 200],
    ]);

    // An open watch outlives its certificate. A restart closes the watches.
    await server.apiServer.stopApiServer();
    await server.apiServer.startApiServer();
    await cluster.delete('Service', namespace, 'web');
    await eventually(async () => {
      operator.clock.advance(1000);
      await cluster.get('Service', namespace, 'web');
    });
    await operator.idle();
    await operator.stop();
    const all = (await operator.requests()).slice(before.length);
    // An API server that has just started may deny authorized requests; all of those must use the new certificate.
    const denied = all.filter(({ responseStatus }) => (responseStatus?.code ?? 0) >= 400);
    expect(denied.filter(({ user }) => user.username !== present)).toEqual([]);
    const watched = all.filter(({ verb, user }) => verb === 'watch' && user.username === present);
    expect(new Set(watched.map(({ objectRef }) => objectRef?.resource)).size).toBe(WATCHED_KINDS);
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
