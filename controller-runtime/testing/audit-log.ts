import { open } from 'node:fs/promises';
import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { objectPath } from '../object/resource.ts';
import { eventually } from './eventually.ts';

/** A finished request in the API server's audit log (audit.k8s.io/v1). */
export interface AuditedRequest {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

const READS = new Set(['get', 'list', 'watch']);

/** The requests to the API server and their users, recorded independently of the operator. */
export class AuditLog {
  readonly #path: string;
  readonly #client: Pick<KubeClient, 'send'>;
  readonly #requests: AuditedRequest[] = [];
  #offset = 0;
  #rest = '';
  #reading: Promise<void> = Promise.resolve();

  /** Reads the log at `path`. The client is connected to the same API server and may read ConfigMaps. */
  constructor(path: string, client: Pick<KubeClient, 'send'>) {
    this.#path = path;
    this.#client = client;
  }

  /** Resolves to every request that finished before the call, oldest first. */
  async requests(): Promise<readonly AuditedRequest[]> {
    // This marker request is the last one: once it is in the log, so are all earlier ones.
    const mark = `audit-mark-${crypto.randomUUID()}`;
    await this.#leave(mark);
    await eventually(async () => {
      // One after the other: each read continues at the end of the previous one.
      this.#reading = this.#reading.then(() => this.#read());
      await this.#reading;
      if (!this.#requests.some(({ objectRef }) => objectRef?.name === mark))
        throw new Error('the marker request is not in the log yet');
    });
    return this.#requests;
  }

  /** Sends a request for an object with this name, which does not exist. */
  async #leave(mark: string): Promise<void> {
    const path = objectPath({ group: '', version: 'v1', plural: 'configmaps' }, 'default', mark);
    try {
      await this.#client.send({ method: 'GET', path });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }

  async #read(): Promise<void> {
    const file = await open(this.#path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(size - this.#offset),
        position: this.#offset,
      });
      this.#offset += bytesRead;
      const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      // SAFETY: the API server writes one audit event per line.
      for (const line of lines) this.#requests.push(JSON.parse(line) as AuditedRequest);
    } finally {
      await file.close();
    }
  }
}

/** Returns whether a request is a write. */
export function isWrite(request: AuditedRequest): boolean {
  return !READS.has(request.verb);
}

/** Summarizes a request, such as `update temperatureconverters/web/status`. Omits generated names. */
export function inShort({ verb, objectRef }: AuditedRequest): string {
  const { resource = '', name, subresource } = objectRef ?? {};
  const isNamed = name !== undefined && resource !== 'events';
  return `${verb} ${[resource, ...(isNamed ? [name] : []), ...(subresource === undefined ? [] : [subresource])].join('/')}`;
}
