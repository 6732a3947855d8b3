import { readdirSync, readFileSync } from 'node:fs';

/** A process in /proc; `pid` and `startTicks` together identify it until the machine reboots. */
export interface ProcessEntry {
  readonly pid: number;
  readonly startTicks: string;
  readonly session: number;
}

/** Reads a process; undefined if it has ended or is a zombie. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProcFile(pid, 'stat');
  return stat === undefined ? undefined : parseProcessStat(stat);
}

/** Reads the command line of a process; empty if it has ended or is just being executed. */
export function readCommandLine(pid: number): readonly string[] {
  return (readProcFile(pid, 'cmdline') ?? '').split('\0').slice(0, -1);
}

/** Lists the processes with a matching environment variable, among those that this user may read. */
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

/** When a process started, in milliseconds since 1970, to within a hundredth of a second. */
export function startTimeOf({ startTicks }: ProcessEntry): number {
  const [uptimeSeconds = 0] = readFileSync('/proc/uptime', 'utf8').split(' ').map(Number);
  // The kernel counts in hundredths of a second for programs, on every architecture (USER_HZ).
  return Date.now() - uptimeSeconds * 1000 + Number(startTicks) * 10;
}

/** Whether this process is still running, and not a later one with the same PID. */
export function isRunning(entry: ProcessEntry): boolean {
  return readProcess(entry.pid)?.startTicks === entry.startTicks;
}

/** Sends a signal to this process; does nothing if it has ended. */
export function signalProcess(entry: ProcessEntry, signal: NodeJS.Signals): void {
  if (!isRunning(entry)) return;
  try {
    process.kill(entry.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Parses /proc/PID/stat (proc_pid_stat(5)); undefined for a zombie or another format. */
export function parseProcessStat(stat: string): ProcessEntry | undefined {
  // The command name, in parentheses, may contain spaces and parentheses: parse after the last one.
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

/** Undefined if the process has ended or belongs to another user. */
function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
