import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  findProcessesByEnvironment,
  isRunning,
  type ProcessEntry,
  readCommandLine,
  readProcess,
  signalProcess,
} from './process-table.ts';
import { lastLines } from './run-command.ts';
import { withSystemPath } from './system-path.ts';
import { type Wait, waitUntil } from './wait-until.ts';

/**
 * A variable in the environment, `DIRECTORY#NAME#FINGERPRINT`, identifies daemons and their children. There is no pid file
 * that could be stale after a crash or a reboot and point to another process.
 */
const MARKER = 'TEMPERATURE_CONVERTER_LOCAL_CLUSTER';

/** Executes a program that the kernel kills when its parent ends. */
const WRAPPER = 'setpriv';

/** A background process of a state directory, which also contains its log. */
export interface DaemonSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly stateDirectory: string;
  /** The content of its configuration files; a change causes a restart. */
  readonly configuration?: string;
  /** Whether the kernel kills it when its parent ends for any reason. */
  readonly endsWithParent: boolean;
}

/** A running daemon. */
export interface Daemon extends ProcessEntry {
  readonly name: string;
  /** The digest of its specification. */
  readonly fingerprint: string;
  readonly logPath: string;
}

/** A daemon that ended unexpectedly; the message has the end of its log. */
export class DaemonDiedError extends Error {
  override readonly name = 'DaemonDiedError';

  constructor(daemon: Pick<Daemon, 'name' | 'logPath'>) {
    super(`${daemon.name} ended unexpectedly. The end of its log, ${daemon.logPath}:\n${tailOf(daemon.logPath)}`);
  }
}

/** The path of a daemon's log; the log of the previous run has the suffix `.previous`. */
export function daemonLogPath(stateDirectory: string, name: string): string {
  return join(stateDirectory, 'logs', `${name}.log`);
}

/** Starts a daemon unless it runs with this specification; stops one with another specification first. Does not wait until it is ready. */
export async function ensureDaemon(spec: DaemonSpec): Promise<Daemon> {
  const same = findDaemon(spec);
  if (same !== undefined) return same;
  await Promise.all(runningNamed(spec).map((daemon) => stopDaemon(daemon)));
  return startDaemon(spec);
}

/** Finds the running daemon with exactly this specification. */
export function findDaemon(spec: DaemonSpec): Daemon | undefined {
  return runningNamed(spec).find((daemon) => daemon.fingerprint === fingerprintOf(spec));
}

function runningNamed({ stateDirectory, name }: DaemonSpec): Daemon[] {
  return findDaemons(stateDirectory).filter((daemon) => daemon.name === name);
}

/** Starts a daemon in its own session, with its output in its log. Does not wait until it is ready. */
async function startDaemon(spec: DaemonSpec): Promise<Daemon> {
  const { name } = spec;
  const fingerprint = fingerprintOf(spec);
  const logPath = daemonLogPath(spec.stateDirectory, name);
  mkdirSync(join(spec.stateDirectory, 'logs'), { recursive: true });
  if (existsSync(logPath)) renameSync(logPath, `${logPath}.previous`);
  const log = openSync(logPath, 'a');
  try {
    const [command = '', ...args] = spec.endsWithParent
      ? [WRAPPER, '--pdeathsig', 'KILL', '--', ...spec.argv]
      : spec.argv;
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...daemonEnvironment(), [MARKER]: `${markerPrefix(spec.stateDirectory)}${name}#${fingerprint}` },
    });
    const pid = await new Promise<number>((started, failed) => {
      child.once('error', failed);
      child.once('spawn', () => {
        started(child.pid ?? 0);
      });
    });
    child.unref();
    await untilVisible(spec, pid);
    const entry = readProcess(pid);
    if (entry === undefined) throw new DaemonDiedError({ name, logPath });
    return { ...entry, name, fingerprint, logPath };
  } finally {
    closeSync(log);
  }
}

/** Waits until findDaemons finds a started daemon: while a program is being executed, its environment cannot be read. */
async function untilVisible({ name, stateDirectory, argv }: DaemonSpec, pid: number): Promise<void> {
  await waitUntil({
    what: `${name} to be executed`,
    timeoutMs: 10_000,
    intervalMs: 5,
    probe: () => {
      if (readProcess(pid) === undefined) return true;
      const isExecuted = argv[0] === WRAPPER || readCommandLine(pid)[0] !== WRAPPER;
      return (isExecuted && findDaemons(stateDirectory).some((daemon) => daemon.pid === pid)) || undefined;
    },
  });
}

/** Lists the running daemons of a state directory. */
export function findDaemons(stateDirectory: string): Daemon[] {
  // Children have the marker too; a daemon is the leader of its session.
  return findMarked(stateDirectory).filter((daemon) => daemon.pid === daemon.session);
}

/** Waits as waitUntil does, and throws DaemonDiedError as soon as one of the daemons has ended. */
export function waitForDaemons<T>(daemons: readonly Daemon[], wait: Wait<T>, signal?: AbortSignal): Promise<T> {
  const probe = (): Promise<T | undefined> | T | undefined => {
    const dead = daemons.find((daemon) => !isRunning(daemon));
    if (dead !== undefined) throw new DaemonDiedError(dead);
    return wait.probe();
  };
  const logs = daemons.map((daemon) => daemon.logPath).join(', ');
  return waitUntil({ ...wait, what: `${wait.what} (logs: ${logs})`, probe }, signal);
}

/** Stops a daemon by SIGTERM, then by SIGKILL after `graceMs`; returns when it has ended. */
export async function stopDaemon(daemon: ProcessEntry, graceMs = 5000): Promise<void> {
  signalProcess(daemon, 'SIGTERM');
  if (await endsWithin(daemon, graceMs)) return;
  signalProcess(daemon, 'SIGKILL');
  await endsWithin(daemon, 10_000);
}

/** Kills every process of a state directory, or of some of its daemons, including children. */
export async function killAllOf(stateDirectory: string, names?: readonly string[]): Promise<void> {
  await waitUntil({
    what: `the processes of ${stateDirectory} to end, after SIGKILL`,
    timeoutMs: 30_000,
    intervalMs: 20,
    // Repeatedly, since a process may start another one between the listing and the signal.
    probe: () => {
      const left = findMarked(stateDirectory).filter((entry) => names === undefined || names.includes(entry.name));
      for (const entry of left) signalProcess(entry, 'SIGKILL');
      return left.length === 0 || undefined;
    },
  });
}

function findMarked(stateDirectory: string): Daemon[] {
  const prefix = markerPrefix(stateDirectory);
  return findProcessesByEnvironment(MARKER, (value) => value.startsWith(prefix)).map((entry) => {
    const [name = '', fingerprint = ''] = entry.value.slice(prefix.length).split('#');
    return Object.assign(entry, { name, fingerprint, logPath: daemonLogPath(stateDirectory, name) });
  });
}

/** Without other variables: for instance, a proxy setting of the user's shell would change the cluster. */
function daemonEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = withSystemPath(process.env);
  return { PATH, HOME };
}

function markerPrefix(stateDirectory: string): string {
  return `${resolve(stateDirectory)}#`;
}

function fingerprintOf({ argv, configuration, endsWithParent }: DaemonSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([argv, configuration, endsWithParent]))
    .digest('hex')
    .slice(0, 16);
}

async function endsWithin(entry: ProcessEntry, timeoutMs: number): Promise<boolean> {
  return waitUntil({
    what: `process ${entry.pid} to end`,
    timeoutMs,
    intervalMs: 20,
    probe: () => !isRunning(entry) || undefined,
  }).catch(() => false);
}

function tailOf(logPath: string): string {
  try {
    return lastLines(readFileSync(logPath, 'utf8'), 20);
  } catch {
    return '(no log)';
  }
}
