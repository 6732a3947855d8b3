import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { boolYaml11Tag, CORE_SCHEMA, loadAll, mergeTag } from 'js-yaml';
import { type Fields, isMap } from '../../controller-runtime/apply/json.ts';
import { API_VERSION, GROUP, KIND } from '../api/temperature-converter.ts';

/** A TemperatureConverter in a file. */
export interface Manifest {
  /** The file, as the user named it. */
  readonly source: string;
  readonly object: Fields;
  readonly name: string;
  readonly namespace: string;
}

/** What a file has. */
export type FileContent =
  | { readonly type: 'manifest'; readonly manifest: Manifest }
  /** Another kind of object, which is not planned. */
  | { readonly type: 'other'; readonly source: string; readonly description: string }
  | { readonly type: 'error'; readonly message: string };

/** Where files are read from, and which namespace applies. */
export interface ReadOptions {
  readonly recursive: boolean;
  /** The namespace of the command line; a manifest must not name another one. */
  readonly namespace: string | undefined;
  /** The namespace of manifests that name none. */
  readonly defaultNamespace: string;
  readonly readStdin: () => Promise<string>;
}

const STDIN = '-';
/** As kubectl: the files of a directory. */
const MANIFEST_FILE = /\.(?:json|ya?ml)$/;
/** As kubectl: YAML with the booleans and merge keys of version 1.1. */
const SCHEMA = CORE_SCHEMA.withTags([boolYaml11Tag, mergeTag]);

/** Yields what each object in the files is. */
export async function* readManifests(files: readonly string[], options: ReadOptions): AsyncGenerator<FileContent> {
  for (const file of files) {
    for await (const read of readTexts(file, options)) {
      if ('problem' in read) yield { type: 'error', message: read.problem };
      else yield* parseManifests(read.source, read.text, options);
    }
  }
}

type SourceText = { readonly source: string } & ({ readonly text: string } | { readonly problem: string });

async function* readTexts(file: string, { recursive, readStdin }: ReadOptions): AsyncGenerator<SourceText> {
  try {
    if (file === STDIN) return yield { source: 'STDIN', text: await readStdin() };
    if (/^https?:\/\//.test(file)) {
      throw new Error(`plan does not read URLs: pass the content of ${file} on the standard input (-f -)`);
    }
    if ((await stat(file)).isDirectory()) return yield* readDirectory(file, recursive);
    yield { source: file, text: await readFile(file, 'utf8') };
  } catch (error) {
    yield { source: file, problem: describeFileError(file, error) };
  }
}

async function* readDirectory(directory: string, recursive: boolean): AsyncGenerator<SourceText> {
  const names = (await readdir(directory, { recursive })).filter((name) => MANIFEST_FILE.test(name));
  if (names.length === 0)
    throw new Error(`error reading [${directory}]: recognized file extensions are [.json .yaml .yml]`);
  for (const name of names.toSorted()) {
    const source = join(directory, name);
    yield { source, text: await readFile(source, 'utf8') };
  }
}

function describeFileError(file: string, error: unknown): string {
  const { code, message = String(error) }: { readonly code?: string; readonly message?: string } = Object(error);
  return code === 'ENOENT' ? `the path "${file}" does not exist` : message;
}

function* parseManifests(source: string, text: string, options: ReadOptions): Generator<FileContent> {
  let documents: readonly unknown[];
  try {
    documents = loadAll(text, { schema: SCHEMA }).filter((document) => document !== null && document !== undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return yield { type: 'error', message: `error parsing ${source}: ${reason}` };
  }
  for (const document of documents) yield* parseObject(source, document, options);
}

function* parseObject(source: string, document: unknown, options: ReadOptions): Generator<FileContent> {
  if (!isTyped(document)) {
    return yield { type: 'error', message: `error parsing ${source}: each object needs apiVersion and kind` };
  }
  if (Array.isArray(document['items']) && document.kind.endsWith('List')) {
    for (const item of document['items']) yield* parseObject(source, withTypeOf(item, document), options);
    return;
  }
  if (document.kind === KIND && document.apiVersion.startsWith(`${GROUP}/`)) {
    return yield parseConverter(source, document, options);
  }
  const { name = '' } = isMap(document['metadata']) ? document['metadata'] : {};
  yield { type: 'other', source, description: `${document.kind} ${String(name)}`.trim() };
}

type Typed = Fields & { readonly apiVersion: string; readonly kind: string };

function isTyped(document: unknown): document is Typed {
  return isMap(document) && typeof document['kind'] === 'string' && typeof document['apiVersion'] === 'string';
}

/** The items of a typed list may leave out their type. */
function withTypeOf(item: unknown, { kind, apiVersion }: Fields): unknown {
  if (!isMap(item) || kind === 'List') return item;
  return { apiVersion, kind: String(kind).replace(/List$/, ''), ...item };
}

function parseConverter(source: string, object: Typed, options: ReadOptions): FileContent {
  const metadata = isMap(object['metadata']) ? object['metadata'] : {};
  const { name, namespace = options.namespace ?? options.defaultNamespace } = metadata;
  const message = findProblem(object, { ...metadata, namespace }, options);
  if (message !== undefined) return { type: 'error', message: `from ${source}: ${message}` };
  const manifest = {
    source,
    name: String(name),
    namespace: String(namespace),
    object: { ...object, metadata: { ...metadata, namespace } },
  };
  return { type: 'manifest', manifest };
}

/** Finds what kubectl refuses before it asks the API server. */
function findProblem({ apiVersion }: Typed, metadata: Fields, options: ReadOptions): string | undefined {
  const { name, namespace, generateName } = metadata;
  if (apiVersion !== API_VERSION) {
    return `no matches for kind "${KIND}" in version "${apiVersion}": use ${API_VERSION}`;
  }
  if (name === undefined && generateName !== undefined) return 'cannot use generate name with apply';
  if (typeof name !== 'string' || name === '') return 'metadata.name must be a name';
  if (typeof namespace !== 'string' || namespace === '') return `metadata.namespace of ${KIND} ${name} must be a name`;
  if (options.namespace === undefined || namespace === options.namespace) return undefined;
  return (
    `the namespace from the provided object "${namespace}" does not match the namespace "${options.namespace}". ` +
    `You must pass '--namespace=${namespace}' to perform this operation.`
  );
}
