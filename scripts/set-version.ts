import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CRD_FILE, RELEASED_CRD_FILE } from '../crds/schema.ts';

const ROOT = join(import.meta.dirname, '..');

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

// `npm version` runs this after it has changed package.json.
if (import.meta.main) {
  // SAFETY: npm requires a version.
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  for (const file of VERSIONED_FILES) {
    const path = join(ROOT, file);
    writeFileSync(path, withVersion(file, readFileSync(path, 'utf8'), version));
  }
  // What later versions are compared with: see crds/stricter-rules.test.ts.
  copyFileSync(CRD_FILE, RELEASED_CRD_FILE);
}
