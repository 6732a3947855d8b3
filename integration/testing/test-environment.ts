import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import type { Condition, ConditionType, TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { FaultProxy } from '../../controller-runtime/testing/fault-proxy.ts';
import { RunningOperator, type RunOptions } from './running-operator.ts';
import { START_TIMEOUT_MS, startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

/** One API server per test file; a namespace, operators and proxies per test. */
export interface TestEnvironment {
  readonly server: TestServer;
  readonly cluster: Cluster;
  /** New for each test. */
  readonly namespace: string;
  /** Starts an operator, by default for the test's namespace. It stops after the test. */
  start(options?: RunOptions): RunningOperator;
  /** Starts an operator and waits until its caches have synced. */
  startSynced(options?: RunOptions): Promise<RunningOperator>;
  /** Starts a proxy in front of the API server. It closes after the test. */
  startProxy(): Promise<FaultProxy>;
  /** Waits until a resource has a matching condition for its current generation, and returns the condition. */
  condition(name: string, type: ConditionType, wanted: Partial<Condition>): Promise<Condition>;
  /** Waits until a resource is Reconciled for its current generation, and returns it. */
  applied(name: string): Promise<TemperatureConverter>;
  /** Waits until all of `count` resources of the namespace are Reconciled for their current generation. */
  allApplied(count: number): Promise<void>;
}

/** An upper bound; each wait within a test has its own deadline. */
const TEST_TIMEOUT_MS = 120_000;
const ALL_APPLIED_TIMEOUT_MS = 90_000;

/** Registers the hooks that set up and tear down the environment of a test file. */
export function setUpTestEnvironment(options: TestServerOptions = {}): TestEnvironment {
  let server: TestServer | undefined;
  let namespace = '';
  let operators: RunningOperator[] = [];
  let proxies: FaultProxy[] = [];

  jest.setTimeout(TEST_TIMEOUT_MS);

  beforeAll(async () => {
    server = await startTestServer(options);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    namespace = await running().cluster.createNamespace();
  });

  afterEach(async () => {
    await Promise.all(operators.map((operator) => operator.stop()));
    operators = [];
    await Promise.all(proxies.map((proxy) => proxy.close()));
    proxies = [];
  });

  const running = (): TestServer => {
    if (server === undefined) throw new Error('the API server runs only during a test');
    return server;
  };

  const start = (run: RunOptions = {}): RunningOperator => {
    const operator = new RunningOperator(running(), { watchNamespaces: [namespace], ...run });
    operators.push(operator);
    return operator;
  };

  const condition = (name: string, type: ConditionType, wanted: Partial<Condition>): Promise<Condition> =>
    eventually(async () => {
      const { metadata, status } = await running().cluster.converter(namespace, name);
      const found = status?.conditions?.find((candidate) => candidate.type === type);
      expect({ ...found }).toMatchObject({ observedGeneration: metadata.generation, ...wanted });
      // SAFETY: toMatchObject has just found it.
      return found as Condition;
    });

  return {
    get server() {
      return running();
    },
    get cluster() {
      return running().cluster;
    },
    get namespace() {
      return namespace;
    },
    start,
    startSynced: async (run) => {
      const operator = start(run);
      await operator.synced();
      return operator;
    },
    startProxy: async () => {
      const proxy = await FaultProxy.start(running().apiServer.kubeConfig);
      proxies.push(proxy);
      return proxy;
    },
    condition,
    applied: async (name) => {
      await condition(name, 'Reconciled', { status: 'True' });
      return running().cluster.converter(namespace, name);
    },
    allApplied: async (count) => {
      await eventually(async () => {
        const converters = await running().cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
        expect(converters).toHaveLength(count);
        expect(converters.filter((converter) => !isApplied(converter)).map(({ metadata }) => metadata.name)).toEqual(
          [],
        );
      }, ALL_APPLIED_TIMEOUT_MS);
    },
  };
}

function isApplied({ metadata, status }: TemperatureConverter): boolean {
  const reconciled = status?.conditions?.find(({ type }) => type === 'Reconciled');
  return reconciled?.status === 'True' && reconciled.observedGeneration === metadata.generation;
}
