import { open } from 'node:fs/promises';
import type { Cluster } from '../../integration/testing/cluster.ts';
import { eventually } from './eventually.ts';

/** A finished request as the API server's audit log has it (audit.k8s.io/v1). */
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

/** What the API server was asked, by whom: the one account of it that the operator cannot influence. */
export class AuditLog {
  readonly #path: string;
  readonly #cluster: Cluster;
  readonly #requests: AuditedRequest[] = [];
  #offset = 0;
  #rest = '';
  #reading: Promise<void> = Promise.resolve();

  constructor(path: string, cluster: Cluster) {
    this.#path = path;
    this.#cluster = cluster;
  }

  /** Every request that was finished before the call, the oldest first. */
  async requests(): Promise<readonly AuditedRequest[]> {
    // A request of our own comes last: once it is in the log, so are those before it.
    const mark = `audit-mark-${crypto.randomUUID()}`;
    await this.#cluster.find('ConfigMap', 'default', mark);
    await eventually(async () => {
      // One after the other: each goes on where the one before has ended.
      this.#reading = this.#reading.then(() => this.#read());
      await this.#reading;
      if (!this.#requests.some(({ objectRef }) => objectRef?.name === mark)) throw new Error('not written yet');
    });
    return this.#requests;
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
      // SAFETY: the API server writes one audit event a line.
      for (const line of lines) this.#requests.push(JSON.parse(line) as AuditedRequest);
    } finally {
      await file.close();
    }
  }
}

/** Says whether a request was to change something. */
export function isWrite(request: AuditedRequest): boolean {
  return !READS.has(request.verb);
}

/** A request in short, such as `update temperatureconverters/web/status`; names that are made up are left out. */
export function inShort({ verb, objectRef }: AuditedRequest): string {
  const { resource = '', name, subresource } = objectRef ?? {};
  const isNamed = name !== undefined && resource !== 'events';
  return `${verb} ${[resource, ...(isNamed ? [name] : []), ...(subresource === undefined ? [] : [subresource])].join('/')}`;
}
