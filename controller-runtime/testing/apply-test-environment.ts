import { afterEach, beforeEach } from '@jest/globals';
import { AdmissionChanges } from '../apply/admission-changes.ts';
import { type ApplyContext, applyChildren, type Child } from '../apply/apply-children.ts';
import type { ApplyResult } from '../apply/apply-result.ts';
import { type LiveObject, type ReceivedObject, toLiveObject } from '../apply/live-object.ts';
import type { ManagedFieldsEntry, OwnedFields } from '../apply/owned-fields.ts';
import type { Owner } from '../apply/ownership.ts';
import { RepairLimiter } from '../apply/repair-limiter.ts';
import type { AppliedKind } from '../apply/write-object.ts';
import { ObjectStore } from '../cache/object-store.ts';
import { keyOf, type ObjectMetadata, type ObjectToApply } from '../object/object.ts';
import { FakeClock } from './fake-clock.ts';
import { type Exchange, FakeServer, FIELD_MANAGER, type ReceivedRequest } from './fake-server.ts';

/** All namespaces. */
export const ALL = undefined;
/** The annotation that records the owner's generation. */
export const RECORD = 'example.com/owner-generation';
/** The annotation that consents to an adoption. */
export const ADOPT = 'example.com/adopt';
/** The owner's reference in its objects. */
export const CONTROLLER = {
  apiVersion: 'example.com/v1',
  kind: 'Site',
  name: 'web',
  uid: 'u1',
  controller: true,
};
/** The manager of `change`. */
export const EDITOR = { type: 'manager', name: 'kubectl-edit' };
export const UNCHANGED = { type: 'unchanged' };
export const CREATED = { type: 'created' };

/** What a merge patch of this manager leaves in the managed fields. */
export const OWN_UPDATE: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Update', fieldsV1: {} };

/** An object of an owner, and the cache of its kind. */
export interface CachedChild extends Child {
  readonly kind: AppliedKind & { readonly store: ObjectStore<LiveObject> };
}

/** A response in place of the object as it was written. */
export interface Answer {
  readonly code?: number;
  readonly body?: object;
}

/** In what an object of the API server is not as desired, and recorded for generation 3. */
export interface Live {
  readonly metadata?: Partial<ObjectMetadata>;
  readonly spec?: object;
  readonly record?: string;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** The owner of that generation. */
export function owner(generation = 3, metadata: Partial<Owner['metadata']> = {}): Owner {
  return { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '10', generation, ...metadata } };
}

/** The managed fields of an update by another manager. */
export function ownedBy(manager: string, object: object): ManagedFieldsEntry {
  return { manager, operation: 'Update', fieldsV1: fieldsOf(object) };
}

/** Creates a server, a clock and objects for each test, and closes the server after it. */
export function setUpApplyTestEnvironment(): ApplyTestEnvironment {
  const environment = new ApplyTestEnvironment();
  beforeEach(() => environment.open());
  afterEach(() => environment.close());
  return environment;
}

/** An owner with a Deployment and a Service, and a server that plays the API server. */
export class ApplyTestEnvironment {
  clock = new FakeClock();
  /** Whether this process may write. */
  mayWrite: () => boolean = () => true;
  /** What the API server answers in place of the object as it was written. */
  respond: (request: ReceivedRequest) => Answer | undefined | Promise<Answer | undefined> = () => undefined;
  /** The owner in the API server. */
  present: Owner | undefined;
  /** Each request, such as `apply services`. */
  requests: string[] = [];
  /** The bodies of the writes. */
  bodies: object[] = [];
  /** The resource version of the last write. */
  resourceVersion = 100;
  deployment = deploymentOf();
  service = serviceOf();
  #server: FakeServer | undefined;
  #context: ApplyContext | undefined;

  /** Creates a new environment. */
  async open(): Promise<void> {
    const server = await FakeServer.start();
    this.#server = server;
    this.clock = new FakeClock();
    this.mayWrite = () => true;
    this.respond = () => undefined;
    this.present = undefined;
    this.requests = [];
    this.bodies = [];
    this.resourceVersion = 100;
    this.deployment = deploymentOf();
    this.service = serviceOf();
    this.#context = {
      client: server.client({ mayWrite: () => this.mayWrite() }),
      limiter: new RepairLimiter(this.clock),
      admission: new AdmissionChanges(this.clock),
      ownership: {
        ownerResource: { group: 'example.com', version: 'v1', plural: 'sites' },
        labelsOf: ({ metadata }) => ({ site: metadata.name }),
        adoptAnnotation: ADOPT,
        ownerGenerationAnnotation: RECORD,
      },
    };
    void this.#serve(server);
  }

  /** Closes the server. */
  async close(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** What `applyChildren` needs. */
  get context(): ApplyContext {
    if (this.#context === undefined) throw new Error('the context exists only during a test');
    return this.#context;
  }

  /** Applies both objects. */
  applyAll(of = owner()): Promise<readonly ApplyResult[]> {
    return applyChildren(of, [this.deployment, this.service], this.context);
  }

  /** Applies the Service alone. */
  async applyService(of = owner()): Promise<ApplyResult | undefined> {
    const [result] = await applyChildren(of, [this.service], this.context);
    return result;
  }

  /** The Service in the cache. */
  cachedService(): LiveObject | undefined {
    return this.service.kind.store.get('blue/web');
  }

  /** Puts a child into the cache, as the watch reports it. */
  cache(child: CachedChild, live: Live = {}): LiveObject {
    const object = child.kind.trim(this.received(child, live));
    child.kind.store.upsert(ALL, object);
    return object;
  }

  /** Lets another manager change fields of a child's spec. */
  change(child: CachedChild, spec: object, record = 'u1/3'): LiveObject {
    const managedFields = [ownApply(child.desired, spec), ownedBy(EDITOR.name, { spec })];
    return this.cache(child, { spec, managedFields, record });
  }

  /** Lets a child be deleted, as the watch reports it. */
  remove(child: CachedChild): void {
    child.kind.store.delete(ALL, child.kind.trim(this.received(child)));
  }

  /** A child as the API server has it: as it is desired, and recorded for generation 3, but for what is changed. */
  received(child: CachedChild, { metadata, spec, record = 'u1/3', managedFields }: Live = {}): ReceivedObject {
    const { desired, kind } = child;
    this.resourceVersion += 1;
    return {
      metadata: {
        ...desired.metadata,
        uid: kind.store.get(keyOf(desired))?.metadata.uid ?? `uid-of-${kind.kind}`,
        resourceVersion: String(this.resourceVersion),
        annotations: { [RECORD]: record },
        managedFields: managedFields ?? [ownApply(desired)],
        ...metadata,
      },
      spec: { ...desired.spec, ...spec },
    };
  }

  /** The object that comes of a write. */
  written({ headers, body, path }: ReceivedRequest): object {
    // SAFETY: what is written is an object with metadata.
    const { metadata, ...parts } = body as ObjectToApply & { metadata: { uid?: string; managedFields?: object } };
    const isPatch = headers['content-type'] === 'application/merge-patch+json';
    this.resourceVersion += 1;
    const version = {
      uid: metadata.uid ?? `uid-${this.resourceVersion}`,
      resourceVersion: String(this.resourceVersion),
    };
    if (!isPatch) {
      return { ...parts, metadata: { ...metadata, ...version, managedFields: [ownApply({ ...parts, metadata })] } };
    }
    const child = path.includes('/services/') ? this.service : this.deployment;
    const live = child.kind.store.get(keyOf(child.desired));
    // What a patch changes is no longer the apply's, not even under one manager.
    const managedFields = metadata.annotations === undefined ? [ownApply(child.desired), OWN_UPDATE] : [OWN_UPDATE];
    return {
      metadata: { managedFields, ...live?.metadata, ...metadata, ...version },
      spec: { ...live?.spec, ...parts.spec },
    };
  }

  /** Plays the API server, which takes each write unless `respond` says otherwise. */
  async #serve(server: FakeServer): Promise<never> {
    for (;;) void this.#handle(await server.next());
  }

  async #handle(exchange: Exchange): Promise<void> {
    const { method, path, headers, body } = exchange.request;
    const verb = headers['content-type'] === 'application/merge-patch+json' ? 'patch' : 'apply';
    const plural = path.split('/').at(method === 'GET' ? -1 : -2) ?? '';
    this.requests.push(`${method === 'GET' ? 'list' : verb} ${plural}`);
    // SAFETY: what is written is an object.
    if (method !== 'GET') this.bodies.push(body as object);
    const { code = 200, body: answer = {} } =
      (await this.respond(exchange.request)) ?? this.#answerOf(exchange.request);
    if (code < 300) exchange.answer(code, answer);
    else exchange.refuse(code, answer);
  }

  /** What the API server answers: the owner, or the object that comes of a write. */
  #answerOf(request: ReceivedRequest): Answer {
    if (request.method !== 'GET') return { body: this.written(request) };
    return { body: { metadata: { resourceVersion: '99' }, items: this.present === undefined ? [] : [this.present] } };
  }
}

function deploymentOf(): CachedChild {
  return childOf('Deployment', { group: 'apps', plural: 'deployments' }, { paused: false, selector: { a: 'b' } });
}

function serviceOf(): CachedChild {
  return childOf('Service', { group: '', plural: 'services' }, { type: 'ClusterIP', sessionAffinity: 'None' });
}

function childOf(kind: string, resource: { group: string; plural: string }, spec: object): CachedChild {
  const { group, plural } = resource;
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  const metadata = { name: 'web', namespace: 'blue', labels: { site: 'web' }, ownerReferences: [CONTROLLER] };
  return {
    kind: {
      kind,
      resource: { group, version: 'v1', plural },
      store: new ObjectStore<LiveObject>(),
      trim: (object) => toLiveObject(object, FIELD_MANAGER),
      immutableFields: ['spec.selector'],
    },
    desired: { apiVersion, kind, metadata, spec },
  };
}

/** The fields of a value in the form of managed fields, each owned. */
function fieldsOf(value: unknown): OwnedFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [`f:${name}`, fieldsOf(inside)]));
}

/** The managed fields of an apply of this manager, apart from those of the spec that others have taken. */
function ownApply({ metadata, spec }: ObjectToApply, taken: object = {}): ManagedFieldsEntry {
  const { labels } = metadata;
  const annotations = { ...metadata.annotations, [RECORD]: '' };
  const kept = Object.fromEntries(Object.entries(spec ?? {}).filter(([name]) => !(name in taken)));
  const fieldsV1 = fieldsOf({ metadata: { labels, annotations }, spec: kept });
  return { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1 };
}
