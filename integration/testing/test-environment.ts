import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import type { Condition, ConditionType, TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { FaultProxy } from '../../controller-runtime/testing/fault-proxy.ts';
import { RunningOperator, type RunOptions } from './running-operator.ts';
import { START_MS, startTestServer, type TestServer } from './test-server.ts';

/** What every test of a file works at: one API server for all of them, and a namespace and operators for each. */
export interface TestEnvironment {
  readonly server: TestServer;
  readonly cluster: Cluster;
  /** New for each test. */
  readonly namespace: string;
  /** Starts an operator, by default for the test's namespace, that is stopped when the test ends. */
  start(options?: RunOptions): RunningOperator;
  /** The same, and waits until its caches are synced. */
  startSynced(options?: RunOptions): Promise<RunningOperator>;
  /** Starts a proxy in front of the API server that is closed when the test ends. */
  startProxy(): Promise<FaultProxy>;
  /** Waits until the operator has said of a resource's present spec that a condition is of that status, and gives it. */
  condition(name: string, type: ConditionType, wanted: Partial<Condition>): Promise<Condition>;
  /** Waits until the operator has said of a resource's present spec that the children are as it asks. */
  applied(name: string): Promise<TemperatureConverter>;
  /** The same for all resources of the namespace, of which there are to be so many. */
  allApplied(count: number): Promise<void>;
}

/** Each wait has a deadline of its own; these only end what is beyond hope, on a busy machine too. */
const TEST_MS = 120_000;
const MANY_MS = 90_000;

/** Sets the environment up around the tests of a file. */
export function setUpTestEnvironment(options: { crd?: boolean } = {}): TestEnvironment {
  let server: TestServer | undefined;
  let namespace = '';
  let operators: RunningOperator[] = [];
  let proxies: FaultProxy[] = [];

  jest.setTimeout(TEST_MS);

  beforeAll(async () => {
    server = await startTestServer(options);
  }, START_MS);

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
    if (server === undefined) throw new Error('the API server runs only while there are tests');
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
      // SAFETY: it has just matched.
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
      const proxy = await FaultProxy.start(running());
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
      }, MANY_MS);
    },
  };
}

function isApplied({ metadata, status }: TemperatureConverter): boolean {
  const reconciled = status?.conditions?.find(({ type }) => type === 'Reconciled');
  return reconciled?.status === 'True' && reconciled.observedGeneration === metadata.generation;
}
