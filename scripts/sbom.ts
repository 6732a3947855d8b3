import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package in package-lock.json. */
export interface LockedPackage {
  readonly version: string;
  /** A subresource integrity: `sha512-` and the digest in base64. */
  readonly integrity?: string;
  /** An SPDX identifier or expression. */
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The part of package-lock.json that an SBOM needs. */
export interface PackageLock {
  readonly name: string;
  readonly version: string;
  /** By path; the empty path is this product. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** The text of a package's license; undefined if the package has no license file. */
export type ReadLicense = (path: string) => string | undefined;

const PACKAGE_OF_FILE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * Formats the SBOM of a bundle as CycloneDX 1.6: the packages of the given files (paths below the repository), with their data
 * from the lock file. It has no time and no serial number, so that it builds reproducibly.
 */
export function formatSbom(
  program: string,
  files: readonly string[],
  lock: PackageLock,
  readLicense: ReadLicense,
): string {
  const bundled = [...new Set(files.flatMap((file) => PACKAGE_OF_FILE.exec(file)?.[0] ?? []))].toSorted();
  // The same version of a package can be installed in several places.
  const paths = [...new Map(bundled.map((path) => [packageUrl(path, find(lock, path)), path])).values()];
  const product = { 'bom-ref': program, type: 'application', name: program, version: lock.version };
  const dependencies = ['', ...paths].map((path) => ({
    ref: path === '' ? program : packageUrl(path, find(lock, path)),
    dependsOn: dependenciesOf(path, lock, bundled).map((each) => packageUrl(each, find(lock, each))),
  }));
  const sbom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...product, licenses: describeLicense(find(lock, '').license, undefined) } },
    components: paths.map((path) => describePackage(path, find(lock, path), readLicense(path))),
    dependencies,
  };
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}

/** Reads the license of an installed package, at its path below `root`. */
export function readInstalledLicense(root: string, path: string): string | undefined {
  const name = readdirSync(join(root, path)).find((file) => /^licen[cs]e(?:\.|$)/i.test(file));
  return name === undefined ? undefined : readFileSync(join(root, path, name), 'utf8');
}

function describePackage(path: string, locked: LockedPackage, licenseText: string | undefined): object {
  const url = packageUrl(path, locked);
  return {
    'bom-ref': url,
    type: 'library',
    name: nameOf(path),
    version: locked.version,
    scope: 'required',
    hashes: describeIntegrity(path, locked.integrity),
    licenses: describeLicense(locked.license, licenseText),
    purl: url,
  };
}

function describeIntegrity(path: string, integrity = ''): object[] {
  const [algorithm, digest = ''] = integrity.split('-', 2);
  if (algorithm !== 'sha512') throw new Error(`package-lock.json has no SHA-512 digest of ${path}`);
  return [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }];
}

function describeLicense(license: string | undefined, content: string | undefined): object[] {
  if (license === undefined) return [];
  if (license.includes(' ')) return [{ expression: license }];
  return [{ license: { id: license, ...(content !== undefined && { text: { contentType: 'text/plain', content } }) } }];
}

/** The dependencies of a package that are in the bundle. */
function dependenciesOf(path: string, lock: PackageLock, bundled: readonly string[]): string[] {
  const names = Object.keys(find(lock, path).dependencies ?? {});
  return names.flatMap((name) => resolve(path, name, lock) ?? []).filter((each) => bundled.includes(each));
}

/** Resolves a dependency as Node.js does: in the nearest node_modules. */
function resolve(from: string, name: string, lock: PackageLock): string | undefined {
  const path = join(from, 'node_modules', name);
  if (path in lock.packages) return path;
  return from === '' ? undefined : resolve(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name, lock);
}

function find({ packages }: PackageLock, path: string): LockedPackage {
  const locked = packages[path];
  if (locked === undefined) throw new Error(`package-lock.json has no ${path}, which is in the bundle`);
  return locked;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** See https://github.com/package-url/purl-spec: the @ of a scope is encoded. */
function packageUrl(path: string, { version }: LockedPackage): string {
  return `pkg:npm/${nameOf(path).replace('@', '%40')}@${version}`;
}
