import { afterEach, describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { startDenyingWebhook, type Webhook } from './testing/webhook.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { PERSISTENT } from '../operator/status/failure.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';
const RULES = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['deployments', 'services', 'horizontalpodautoscalers'],
};

const environment = setUpTestEnvironment();
/** What deletes the policies and webhooks of a test. */
let cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  await cleanUp();
});

async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  cleanups = [];
}

const namespaceSelector = () => ({ matchLabels: { 'kubernetes.io/metadata.name': environment.namespace } });

/** Adds a policy that denies each child without the label team, with a reason of metav1.StatusReason. */
async function addPolicy(reason: string): Promise<void> {
  const { cluster, namespace } = environment;
  const name = `team-${namespace}`;
  const validation = {
    expression: "'team' in object.metadata.?labels.orValue({})",
    message: 'must carry the label team',
    reason,
  };
  await cluster.create({
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { namespaceSelector: namespaceSelector(), resourceRules: [RULES] },
      validations: [validation],
    },
  });
  cleanups.push(() => cluster.delete('ValidatingAdmissionPolicy', undefined, name));
  const spec = { policyName: name, validationActions: ['Deny'] };
  await cluster.create({ apiVersion: API_VERSION, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec });
  cleanups.push(() => cluster.delete('ValidatingAdmissionPolicyBinding', undefined, name));
  await untilServicesFail(/denied request/);
}

/** Adds a webhook configuration for the children of this namespace. */
async function addWebhook({ url, caBundle }: Pick<Webhook, 'url' | 'caBundle'>): Promise<void> {
  const { cluster, namespace } = environment;
  const webhook = {
    name: 'policy.example.com',
    clientConfig: { url, caBundle },
    rules: [RULES],
    namespaceSelector: namespaceSelector(),
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 2,
  };
  const kind = 'ValidatingWebhookConfiguration';
  await cluster.create({ apiVersion: API_VERSION, kind, metadata: { name: namespace }, webhooks: [webhook] });
  cleanups.push(() => cluster.delete(kind, undefined, namespace));
  await untilServicesFail(/policy\.example\.com/);
}

/** Waits until the API server applies a new policy or webhook. */
async function untilServicesFail(error: RegExp): Promise<void> {
  const { cluster, namespace } = environment;
  await eventually(async () => {
    const name = `probe-${crypto.randomUUID().slice(0, 8)}`;
    const created = cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: { ports: [{ port: 80 }] },
    });
    await expect(created).rejects.toThrow(error);
  });
}

/** Creates a resource whose children are denied, and waits until it is reported; resolves to the message. */
async function createDenied(): Promise<string> {
  await environment.cluster.createConverter(environment.namespace, 'web');
  const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Denied' });
  await environment.condition('web', 'Stalled', { status: 'True', reason: 'Denied' });
  expect(message).not.toContain('\n');
  expect(message).not.toContain('Correct the spec');
  expect(message).toContain('Ask the owner of the policy');
  return message;
}

describe('a denial by a ValidatingAdmissionPolicy', () => {
  it.each(['Invalid', 'Forbidden', 'RequestEntityTooLarge'])(
    'with the reason %s is quoted with the name of the policy, and ends within 30 seconds after the policy',
    async (reason) => {
      await addPolicy(reason);
      const operator = await environment.startSynced();
      const message = await createDenied();
      expect(message).toContain(`ValidatingAdmissionPolicy 'team-${environment.namespace}'`);
      expect(message).toContain('must carry the label team. Ask');
      // The delay between two attempts is the longest by then.
      for (let seconds = 0; seconds < 300; seconds += 5) {
        operator.clock.advance(5000);
        await operator.quiet(20);
      }

      await cleanUp();
      await eventually(async () => {
        const { cluster, namespace } = environment;
        await cluster.create({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { namespace, name: 'probe' },
          spec: { ports: [{ port: 80 }] },
        });
      });
      operator.clock.advance(PERSISTENT.maximumMs);
      await environment.applied('web');
    },
  );
});

describe('a webhook', () => {
  it.each([400, 401, 403, 404, 409, 422, 500])('that denies with the code %d is quoted on one line', async (code) => {
    const webhook = await startDenyingWebhook({
      code,
      message: '\n\nresource Service/web was blocked due to the following policies\n\nteam:\n  check: label required\n',
    });
    cleanups.push(() => webhook.close());
    await addWebhook(webhook);
    await environment.startSynced();
    expect(await createDenied()).toContain(
      'admission webhook "policy.example.com" denied the request: resource Service/web was blocked due to the following policies team: check: label required. Ask',
    );
  });

  it('that cannot be called is reported as such, and retried soon', async () => {
    const webhook = await startDenyingWebhook({ code: 403, message: 'no' });
    const { url, caBundle } = webhook;
    await webhook.close();
    await addWebhook({ url, caBundle });
    const operator = await environment.startSynced();
    await environment.cluster.createConverter(environment.namespace, 'web');
    const reason = 'WebhookUnavailable';
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason });
    expect(message).toContain('failed calling webhook "policy.example.com"');
    const { status } = await environment.cluster.converter(environment.namespace, 'web');
    expect(status?.conditions?.map(({ type }) => type)).not.toContain('Stalled');

    await cleanUp();
    await eventually(async () => {
      operator.clock.advance(5000);
      await operator.quiet(50);
      await environment.cluster.get('Service', environment.namespace, 'web');
    });
    await environment.applied('web');
  });
});
