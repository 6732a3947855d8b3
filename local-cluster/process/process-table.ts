import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it; `pid` and `startTicks` together name one process for as long as the machine is up. */
export interface ProcessEntry {
  readonly pid: number;
  readonly startTicks: string;
  readonly session: number;
}

/** Reads one process; undefined when it has ended, a zombie that nobody has waited for included. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProcFile(pid, 'stat');
  return stat === undefined ? undefined : parseProcessStat(stat);
}

/** Lists the processes whose environment has `NAME=VALUE`, with that value, as far as this user may look. */
export function findProcessesByEnvironment(
  variable: string,
  matches: (value: string) => boolean,
): (ProcessEntry & { readonly value: string })[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => {
      const pid = Number(name);
      const value = parseEnvironment(readProcFile(pid, 'environ') ?? '', variable);
      if (value === undefined || !matches(value)) return [];
      const entry = readProcess(pid);
      return entry === undefined ? [] : [{ ...entry, value }];
    });
}

/** Tells whether this very process, and not a later one with its number, is still running. */
export function isRunning(entry: ProcessEntry): boolean {
  return readProcess(entry.pid)?.startTicks === entry.startTicks;
}

/** Sends a signal to this very process; nothing happens when it has ended. */
export function signalProcess(entry: ProcessEntry, signal: NodeJS.Signals): void {
  if (!isRunning(entry)) return;
  try {
    process.kill(entry.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Parses /proc/PID/stat (proc_pid_stat(5)); undefined for a zombie or a text of another form. */
export function parseProcessStat(stat: string): ProcessEntry | undefined {
  // The command name, in parentheses, may itself hold spaces and parentheses: count from the last one.
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  const [state = '', , , session = ''] = fields;
  const startTicks = fields[19];
  if (close < 0 || startTicks === undefined || 'ZX'.includes(state)) return undefined;
  return { pid: Number.parseInt(stat, 10), startTicks, session: Number(session) };
}

/** Finds a variable in a NUL-separated environment. */
export function parseEnvironment(environment: string, variable: string): string | undefined {
  const prefix = `${variable}=`;
  return environment
    .split('\0')
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}

/** Undefined when the process has ended meanwhile, or belongs to somebody else. */
function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
