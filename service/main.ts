import { v4 as uuid } from 'uuid';
import { createApplication } from './application.ts';
import { type Configuration, ConfigurationError, parseConfiguration } from './configuration.ts';
import { DeferredLog } from './deferred-log.ts';
import { stopGracefully } from './graceful-stop.ts';
import { listen, ListenError } from './listening.ts';
import { createMetricsServer } from './metrics-server.ts';
import { computeMaxConnections } from './open-connections.ts';
import { createPublicServer, type PublicServerOptions } from './public-server.ts';
import { RequestStatistics } from './request-statistics.ts';

/** How long started requests may take after the drain. Together with the drain, well below the default grace period of 30 s. */
const LINGER_MS = 5_000;
/** Delays the loading of the log library until the first probe is answered. */
const ANNOUNCE_AFTER_MS = 500;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

const version = process.env.PACKAGE_VERSION ?? 'development';

async function run({ host, port, metricsPort, logLevel, logRequests, drainSeconds }: Configuration): Promise<void> {
  const identifier = uuid();
  const log = new DeferredLog(logLevel, identifier);
  const statistics = new RequestStatistics();
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const onFailure = (error: unknown): void => void log.write('error', { err: error }, 'A request failed unexpectedly');

  const application = createApplication({ identifier, version, isStopping, onFailure });
  const options: PublicServerOptions = {
    identifier,
    statistics,
    maxConnections: computeMaxConnections(process.constrainedMemory()),
    isStopping,
    ...(logRequests && { onAnswered: (request) => void log.write('info', request, 'Answered a request') }),
    onRefused: (status, reason) => void log.write('debug', { status, reason }, 'Refused an unreadable request'),
  };
  const { server, connections } = createPublicServer(application, options);
  const metricsServer = createMetricsServer({
    identifier,
    loadExposition: async () => (await import('./exposition.ts')).createExposition(statistics, version),
    onFailure,
  });

  async function stop(signal: keyof typeof SIGNALS): Promise<void> {
    if (stopping) process.exit(128 + SIGNALS[signal]);
    stopping = true;
    void log.write('info', { signal, drainSeconds }, 'Stopping');
    const drainMs = server.listening ? drainSeconds * 1_000 : 0;
    await stopGracefully(server, connections, { drainMs, lingerMs: LINGER_MS });
    await log.write('info', {}, 'Stopped');
    process.exit(0);
  }
  async function fail(error: unknown): Promise<void> {
    try {
      await log.write('fatal', { err: error }, 'Unexpected error');
    } finally {
      process.exit(1);
    }
  }
  process.on('SIGTERM', (signal: 'SIGTERM') => void stop(signal));
  process.on('SIGINT', (signal: 'SIGINT') => void stop(signal));
  process.on('uncaughtException', (error) => void fail(error));

  await listen(metricsServer, { host, port: metricsPort, variable: 'METRICS_PORT' });
  await listen(server, { host, port, variable: 'PORT' });
  setTimeout(() => void log.write('info', { version, host, port, metricsPort }, 'Listening'), ANNOUNCE_AFTER_MS);
}

async function main(): Promise<void> {
  try {
    await run(parseConfiguration(process.env));
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof ListenError)) throw error;
    const { logStartFailure } = await import('./log.ts');
    logStartFailure(error.message);
    process.exit(1);
  }
}

void main();
