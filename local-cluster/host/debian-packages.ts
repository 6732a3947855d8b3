import { CommandFailedError, runCommand } from '../process/run-command.ts';
import { findProgram } from './find-program.ts';
import { findMissing, type Requirement } from './requirements.ts';

/** Programs are missing that cannot be installed from here; the message says which, and how to get them. */
export class MissingProgramsError extends Error {
  override readonly name = 'MissingProgramsError';

  constructor(missing: readonly Requirement[], why: string) {
    const programs = missing.flatMap((requirement) => requirement.programs).join(', ');
    const packages = missing.map((requirement) => requirement.debianPackage).join(' ');
    super(`This machine lacks ${programs}. ${why} On Debian and Ubuntu: apt-get install ${packages}`);
  }
}

/** Installs with apt-get what is missing, if anything is; throws MissingProgramsError without root or apt-get. */
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
    // On a fresh machine the lists of packages are absent, on an old one they name files that are gone.
    await aptGet(['update'], signal);
    await aptGet(['install', '--no-install-recommends', ...packages], signal);
  }
  const stillMissing = findMissing(requirements);
  if (stillMissing.length > 0) {
    throw new MissingProgramsError(
      stillMissing,
      'The packages that should bring them are installed, yet they are not there.',
    );
  }
}

function reasonNotToInstall(): string | undefined {
  if (findProgram('apt-get') === undefined) return 'Install them with the package manager of this system.';
  if (process.getuid?.() !== 0) return 'Installing them takes root.';
  return undefined;
}

async function aptGet(argv: readonly string[], signal?: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand(['apt-get', '--yes', '-q', '-o', 'DPkg::Lock::Timeout=120', ...argv], { env }, signal);
}
