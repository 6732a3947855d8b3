import { CommandFailedError, runCommand } from '../process/run-command.ts';
import { findProgram } from './find-program.ts';
import { findMissing, type Requirement } from './requirements.ts';

/** Missing programs that this process cannot install; the message says which, and how to install them. */
export class MissingProgramsError extends Error {
  override readonly name = 'MissingProgramsError';

  constructor(missing: readonly Requirement[], why: string) {
    const programs = missing.flatMap((requirement) => requirement.programs).join(', ');
    const packages = missing.map((requirement) => requirement.debianPackage).join(' ');
    super(`This machine lacks ${programs}. ${why} On Debian and Ubuntu: apt-get install ${packages}`);
  }
}

/** Installs missing packages with apt-get; throws MissingProgramsError without root or apt-get. */
export async function ensureInstalled(
  requirements: readonly Requirement[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const missing = findMissing(requirements);
  if (missing.length === 0) return;
  const why = reasonNotToInstall();
  if (why !== undefined) throw new MissingProgramsError(missing, why);
  const packages = missing.map((requirement) => requirement.debianPackage);
  log(`installing ${packages.join(', ')} with apt-get`);
  try {
    await aptGet(['install', '--no-install-recommends', ...packages], signal);
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    // The package lists may be absent or out of date.
    await aptGet(['update'], signal);
    await aptGet(['install', '--no-install-recommends', ...packages], signal);
  }
  const stillMissing = findMissing(requirements);
  if (stillMissing.length > 0) {
    throw new MissingProgramsError(stillMissing, 'Their packages are installed, but the programs are still missing.');
  }
}

function reasonNotToInstall(): string | undefined {
  if (findProgram('apt-get') === undefined) return 'Install them with the package manager of this system.';
  if (process.getuid?.() !== 0) return 'Installing them needs root.';
  return undefined;
}

async function aptGet(argv: readonly string[], signal?: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand(['apt-get', '--yes', '-q', '-o', 'DPkg::Lock::Timeout=120', ...argv], { env }, signal);
}
