import type { TemperatureConverter } from './api/temperature-converter.ts';
import { KIND } from './api/temperature-converter.ts';
import { createCaches } from './caches.ts';
import type { ConverterDefaults } from './children/children.ts';
import { FIELD_MANAGER } from './children/labels.ts';
import type { ApiServerConnection } from '../controller-runtime/client/connection.ts';
import type { Random } from '../controller-runtime/clock/backoff.ts';
import type { Clock } from '../controller-runtime/clock/clock.ts';
import type { Logger } from '../controller-runtime/logger/logger.ts';
import { watch } from '../controller-runtime/manager/controller.ts';
import { createManager, type Manager } from '../controller-runtime/manager/manager.ts';
import { errorPolicy, Reconciler } from './reconciler.ts';
import { converterKeyOfPod } from './status/cached-pod.ts';

/** What an operator needs. */
export interface OperatorOptions {
  readonly connection: ApiServerConnection;
  readonly defaults: ConverterDefaults;
  /** Empty for all. */
  readonly watchNamespaces: readonly string[];
  readonly workers: number;
  readonly leaderElection: { readonly namespace: string; readonly leaseName: string } | undefined;
  readonly instance: string;
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sets up the operator: what it caches, and what makes it reconcile a TemperatureConverter. */
export function createOperator(options: OperatorOptions): Manager {
  const { version, watchNamespaces, defaults, workers, clock, random, log } = options;
  const manager = createManager({
    ...options,
    fieldManager: FIELD_MANAGER,
    userAgent: `${FIELD_MANAGER}/${version}`,
    reportingController: 'temperature-converter.io/operator',
    namespaces: watchNamespaces,
  });
  const caches = createCaches(manager.cache);
  const reconciler = new Reconciler({
    client: manager.client,
    recorder: manager.recorder,
    caches,
    defaults,
    clock,
    random,
    log,
  });
  manager.controller<TemperatureConverter>({
    name: 'temperatureconverter',
    kind: KIND,
    for: caches.converters,
    owns: Object.values(caches.children),
    watches: [watch(caches.pods, converterKeyOfPod)],
    workers,
    reconcile: (request) => reconciler.reconcile(request),
    errorPolicy,
    forget: (key) => reconciler.forget(key),
  });
  return manager;
}
