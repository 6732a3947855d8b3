import { describe, expect, it } from '@jest/globals';
import { MissingProgramsError } from './debian-packages.ts';
import { findMissing, IMAGE_REQUIREMENTS, NODE_REQUIREMENTS, PROMETHEUS_REQUIREMENTS } from './requirements.ts';

describe('findMissing', () => {
  it('returns the requirements with a missing program', () => {
    const present = { debianPackage: 'coreutils', programs: ['cat', 'ls'] };
    const half = { debianPackage: 'half', programs: ['cat', 'no-such-program'] };
    const elsewhere = { debianPackage: 'elsewhere', programs: ['cat'], directories: ['/nowhere'] };
    expect(findMissing([present, half, elsewhere])).toEqual([half, elsewhere]);
  });
});

describe('MissingProgramsError', () => {
  it('says what is missing, why it was not installed, and which command installs it', () => {
    const missing = [{ debianPackage: 'iproute2', programs: ['ip'] }];
    expect(new MissingProgramsError(missing, 'Installing them needs root.').message).toBe(
      'This machine lacks ip. Installing them needs root. On Debian and Ubuntu: apt-get install iproute2',
    );
  });
});

describe('the requirements', () => {
  it('list each package once', () => {
    const packages = [...NODE_REQUIREMENTS, ...IMAGE_REQUIREMENTS, ...PROMETHEUS_REQUIREMENTS].map(
      (requirement) => requirement.debianPackage,
    );
    expect(new Set(packages).size).toBe(packages.length);
  });
});
