import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type Account, createAccount, kubeConfigOf, requestToken, type Rule } from './chart-account.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import type { TestServer } from './test-server.ts';

/** The operator's account with the chart's rights, of which a test can take some and give them back. */
export class AdjustableAccount {
  readonly kubeConfig: KubeConfig;
  readonly #cluster: Cluster;
  readonly #account: Account;
  readonly #taken: [resource: string, verbs: readonly string[]][] = [];

  private constructor(cluster: Cluster, account: Account, kubeConfig: KubeConfig) {
    this.#cluster = cluster;
    this.#account = account;
    this.kubeConfig = kubeConfig;
  }

  /** Creates it in a namespace. */
  static async create(server: TestServer, namespace: string): Promise<AdjustableAccount> {
    const account = await createAccount(server.cluster, namespace);
    const kubeConfig = await kubeConfigOf(server, { token: await requestToken(server.cluster, account) });
    return new AdjustableAccount(server.cluster, account, kubeConfig);
  }

  /** Takes the right to do that with that resource, such as `deployments` or `temperatureconverters/status`. */
  async take(resource: string, ...verbs: readonly string[]): Promise<void> {
    await this.#setRules(withoutRights(this.#account.rules, resource, verbs));
    await this.#heard(resource, verbs, false);
    this.#taken.push([resource, verbs]);
  }

  /** Gives back what was taken. */
  async giveBack(): Promise<void> {
    await this.#setRules(this.#account.rules);
    for (const [resource, verbs] of this.#taken.splice(0)) await this.#heard(resource, verbs, true);
  }

  async #setRules(rules: readonly Rule[]): Promise<void> {
    for (const role of this.#account.roles) await this.#cluster.patch(role, { rules });
  }

  /** The API server follows its roles by a watch: resolves once it goes by the new ones. */
  async #heard(of: string, verbs: readonly string[], isAllowed: boolean): Promise<void> {
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
        if (status.allowed !== isAllowed) throw new Error(`${verb} ${of}: the API server has not heard of it yet`);
      });
    }
  }
}

function withoutRights(rules: readonly Rule[], resource: string, verbs: readonly string[]): readonly Rule[] {
  const lessened = rules.map((rule) =>
    rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((right) => !verbs.includes(right)) } : rule,
  );
  return lessened.filter((rule) => rule.verbs.length > 0);
}
