import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type Account, createAccount, kubeConfigOf, requestToken, type Rule } from './chart-account.ts';
import type { Cluster } from './cluster.ts';
import type { TestServer } from './test-server.ts';

/** The operator's account with the chart's rights, of which a test can take some and give them back. */
export class AdjustableAccount {
  readonly kubeConfig: KubeConfig;
  readonly #cluster: Cluster;
  readonly #account: Account;

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

  /** Takes the right to do that with that resource. The API server hears of it a moment later. */
  async take(resource: string, ...verbs: readonly string[]): Promise<void> {
    await this.#setRules(withoutRights(this.#account.rules, resource, verbs));
  }

  /** Gives back what was taken. */
  async giveBack(): Promise<void> {
    await this.#setRules(this.#account.rules);
  }

  async #setRules(rules: readonly Rule[]): Promise<void> {
    for (const role of this.#account.roles) await this.#cluster.patch(role, { rules });
  }
}

function withoutRights(rules: readonly Rule[], resource: string, verbs: readonly string[]): readonly Rule[] {
  const lessened = rules.map((rule) =>
    rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((right) => !verbs.includes(right)) } : rule,
  );
  return lessened.filter((rule) => rule.verbs.length > 0);
}
