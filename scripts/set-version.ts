import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CRD_FILE, readSchema, RELEASED_CRD_FILE } from '../crds/schema.ts';
import { announcementsOf, findStricterRules, findUnannouncedRules } from '../crds/stricter-rules.ts';

const ROOT = join(import.meta.dirname, '..');
const CRD = relative(ROOT, CRD_FILE);
const RELEASED_CRD = relative(ROOT, RELEASED_CRD_FILE);

/** The files that repeat the version of package.json, with the text before it. */
const PLACES: Readonly<Record<string, readonly RegExp[]>> = {
  'helm/Chart.yaml': [
    /^version: /mu,
    /^appVersion: /mu,
    /image: temperature-converter-operator:/u,
    /image: temperature-converter-service:/u,
  ],
  'Dockerfile.operator': [/^ARG VERSION=/mu],
  'Dockerfile.service': [/^ARG VERSION=/mu],
};

/** The files that repeat the version. */
export const VERSIONED_FILES = Object.keys(PLACES);

/** Replaces every version in the text of a file; throws if one is missing. */
export function withVersion(file: string, text: string, version: string): string {
  return (PLACES[file] ?? []).reduce((stamped, before) => {
    const place = new RegExp(`(${before.source})\\S+`, before.flags);
    if (!place.test(stamped)) throw new Error(`${file} has no place for the version: ${before.source}`);
    return stamped.replace(place, `$1${version}`);
  }, text);
}

/**
 * Writes the version of package.json everywhere in a directory, and keeps the CustomResourceDefinition for the comparison with
 * later versions. Throws before it writes anything if a rule is stricter than in the last release, and not announced.
 */
export function setVersion(root: string): void {
  // SAFETY: npm requires a version.
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  requireAnnouncements(root, version);
  for (const file of VERSIONED_FILES) {
    const path = join(root, file);
    writeFileSync(path, withVersion(file, readFileSync(path, 'utf8'), version));
  }
  copyFileSync(join(root, CRD), join(root, RELEASED_CRD));
}

/** Once the definition is copied, every rule equals that of the last release. */
function requireAnnouncements(root: string, version: string): void {
  const rules = findStricterRules(readSchema(join(root, RELEASED_CRD)), readSchema(join(root, CRD)));
  const unannounced = findUnannouncedRules(rules, readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version);
  if (unannounced.length === 0) return;
  throw new Error(
    `These rules are stricter than in the last release. Announce them in CHANGELOG.md, in the section "## ${version}":\n\n` +
      `${announcementsOf(unannounced)}\n\nThen restore package.json and package-lock.json, commit, and run npm version again.`,
  );
}

// `npm version` runs this after it has changed package.json.
if (import.meta.main) {
  try {
    setVersion(ROOT);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
