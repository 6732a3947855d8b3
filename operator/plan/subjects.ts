import { KIND, TEMPERATURE_CONVERTERS } from '../api/temperature-converter.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import type { Access } from './access.ts';
import { applyManifest } from './applied-manifest.ts';
import { listConverters, readChildren, readConverter } from './converters-in-cluster.ts';
import { describeRefusal } from './kubectl-error.ts';
import { isAskedToWait } from './ordered-list.ts';
import { type FileContent, type Manifest, readManifests } from './manifests.ts';
import type { Subject } from './plan-converter.ts';
import type { PlanOptions } from './plan-options.ts';

/** A resource to plan, or why there is none. */
export type Source =
  | {
      readonly type: 'subject';
      readonly namespace: string;
      readonly name: string;
      /** Read already, as part of a list. */
      readonly subject?: Subject;
      /** Reads the resource and its children; rejects with an error that says why it cannot be planned. */
      readonly read: () => Promise<Subject>;
      /** How many follow; undefined if that is not known. */
      readonly remaining: number | undefined;
    }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'note'; readonly message: string };

/** Where resources are read from. */
export interface SourceContext {
  readonly client: KubeClient;
  readonly access: Access;
  readonly options: PlanOptions;
  /** The namespace of the command. */
  readonly namespace: string;
  readonly readStdin: () => Promise<string>;
  readonly signal: AbortSignal;
}

/** The API server refuses a file; the message is that of kubectl. */
export class RefusedManifestError extends Error {
  override readonly name = 'RefusedManifestError';
}

/** Yields the resources to plan. */
export async function* readSources(context: SourceContext): AsyncGenerator<Source> {
  const { what } = context.options;
  switch (what.type) {
    case 'named':
      return yield* namedSources(what.names, context);
    case 'files':
      return yield* fileSources(what, context);
    case 'all':
      return yield* listedSources(context);
  }
}

function* namedSources(names: readonly string[], context: SourceContext): Generator<Source> {
  for (const [index, text] of names.entries()) {
    const target = parseName(text, context);
    if (typeof target === 'string') yield { type: 'error', message: target };
    else yield sourceOf(target, context, names.length - index - 1);
  }
}

function parseName(text: string, { options, namespace }: SourceContext): { namespace: string; name: string } | string {
  const [, prefix, name] = /^(?:([^/]+)\/)?([^/]+)$/.exec(text) ?? [];
  if (name === undefined) return `plan takes NAMESPACE/NAME or NAME, not "${text}"`;
  if (prefix !== undefined && options.namespace !== undefined && prefix !== options.namespace) {
    return `"${text}" is not in the namespace of -n, ${options.namespace}`;
  }
  return { namespace: prefix ?? namespace, name };
}

function sourceOf(target: { namespace: string; name: string }, context: SourceContext, remaining: number): Source {
  const { client, signal } = context;
  const read = async (): Promise<Subject> => {
    const [resource, children] = await Promise.all([
      readConverter(client, target, signal),
      readChildren(client, target, signal),
    ]);
    if (resource === undefined) {
      throw new Error(
        `Error from server (NotFound): ${KIND} "${target.name}" not found in namespace ${target.namespace}`,
      );
    }
    return { resource, children };
  };
  return { type: 'subject', ...target, read, remaining };
}

async function* listedSources(context: SourceContext): AsyncGenerator<Source> {
  const { client, options, signal } = context;
  for await (const { subject, remaining } of listConverters(client, options.namespace, signal)) {
    const { namespace, name } = subject.resource.metadata;
    const source = sourceOf({ namespace, name }, context, remaining);
    yield source.type === 'subject' ? { ...source, subject } : source;
  }
}

async function* fileSources(
  { files, recursive }: { readonly files: readonly string[]; readonly recursive: boolean },
  context: SourceContext,
): AsyncGenerator<Source> {
  const { options, namespace, readStdin } = context;
  const seen = new Map<string, string>();
  const contents = readManifests(files, {
    recursive,
    namespace: options.namespace,
    defaultNamespace: namespace,
    readStdin,
  });
  let converters = 0;
  for await (const content of contents) {
    if (content.type !== 'other') converters += 1;
    yield sourceOfContent(content, seen, context);
  }
  if (converters === 0) yield { type: 'error', message: `no ${KIND} found in ${files.join(', ')}` };
}

function sourceOfContent(content: FileContent, seen: Map<string, string>, context: SourceContext): Source {
  switch (content.type) {
    case 'error':
      return content;
    case 'other': {
      const message = `${content.source}: ${content.description} is not planned: plan covers ${KIND}s only`;
      return { type: 'note', message };
    }
    case 'manifest': {
      const { namespace, name, source } = content.manifest;
      const other = seen.get(`${namespace}/${name}`);
      if (other !== undefined) {
        return { type: 'error', message: `${source}: ${KIND} ${namespace}/${name} is also in ${other}` };
      }
      seen.set(`${namespace}/${name}`, source);
      return {
        type: 'subject',
        namespace,
        name,
        read: () => readManifest(content.manifest, context),
        remaining: undefined,
      };
    }
  }
}

async function readManifest(manifest: Manifest, context: SourceContext): Promise<Subject> {
  const { client, access, options, signal } = context;
  const { source } = manifest;
  const [live, children, mayApply] = await Promise.all([
    readConverter(client, manifest, signal),
    readChildren(client, manifest, signal),
    access.mayApply(TEMPERATURE_CONVERTERS, manifest.namespace),
  ]);
  try {
    const { resource, change } = await applyManifest(manifest, live, {
      client,
      mayApply,
      apply: options.apply,
      signal,
    });
    return { resource, children, change, source };
  } catch (error) {
    if (isAskedToWait(error)) throw error;
    throw new RefusedManifestError(describeRefusal(error, live === undefined ? 'creating' : 'applying', source), {
      cause: error,
    });
  }
}
