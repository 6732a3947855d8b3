import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type Account, createServiceAccount, kubeConfigOf, requestToken, type Rule } from './chart-service-account.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import type { TestServer } from './test-server.ts';

/** The operator's service account with the chart's permissions, which a test can revoke and restore. */
export class AdjustableServiceAccount {
  readonly kubeConfig: KubeConfig;
  readonly #cluster: Cluster;
  readonly #account: Account;
  readonly #revoked: [resource: string, verbs: readonly string[]][] = [];

  private constructor(cluster: Cluster, account: Account, kubeConfig: KubeConfig) {
    this.#cluster = cluster;
    this.#account = account;
    this.kubeConfig = kubeConfig;
  }

  /** Creates the service account in a namespace. */
  static async create(server: TestServer, namespace: string): Promise<AdjustableServiceAccount> {
    const account = await createServiceAccount(server.cluster, namespace);
    const kubeConfig = kubeConfigOf(server, { token: await requestToken(server.cluster, account) });
    return new AdjustableServiceAccount(server.cluster, account, kubeConfig);
  }

  /** Revokes verbs on a resource, such as `deployments` or `temperatureconverters/status`. */
  async revoke(resource: string, ...verbs: readonly string[]): Promise<void> {
    await this.#setRules(withoutVerbs(this.#account.rules, resource, verbs));
    await this.#waitUntilEffective(resource, verbs, false);
    this.#revoked.push([resource, verbs]);
  }

  /** Restores every revoked permission. */
  async restore(): Promise<void> {
    await this.#setRules(this.#account.rules);
    for (const [resource, verbs] of this.#revoked.splice(0)) await this.#waitUntilEffective(resource, verbs, true);
  }

  async #setRules(rules: readonly Rule[]): Promise<void> {
    for (const role of this.#account.roles) await this.#cluster.patch(role, { rules });
  }

  /** The authorizer reads roles from a watch cache, so a change takes effect with a delay. */
  async #waitUntilEffective(of: string, verbs: readonly string[], isAllowed: boolean): Promise<void> {
    const { namespace, name, rules } = this.#account;
    const [resource, subresource] = of.split('/');
    const group = rules.find(({ resources }) => resources.includes(of))?.apiGroups[0];
    for (const verb of verbs) {
      await eventually(async () => {
        const { status } = await this.#cluster.client.send<{ status: { allowed: boolean } }>({
          method: 'POST',
          path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SubjectAccessReview',
            spec: {
              user: `system:serviceaccount:${namespace}:${name}`,
              resourceAttributes: { namespace, verb, group, resource, subresource },
            },
          },
        });
        if (status.allowed !== isAllowed)
          throw new Error(`the authorizer does not yet reflect the change of ${verb} ${of}`);
      });
    }
  }
}

function withoutVerbs(rules: readonly Rule[], resource: string, verbs: readonly string[]): readonly Rule[] {
  const reduced = rules.map((rule) =>
    rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((verb) => !verbs.includes(verb)) } : rule,
  );
  return reduced.filter((rule) => rule.verbs.length > 0);
}
