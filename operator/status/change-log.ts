import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { AppliedChild, ApplyResult } from '../../controller-runtime/apply/apply-result.ts';
import type { Logger } from '../../controller-runtime/logger/logger.ts';
import { keyOf, type ObjectKey, splitObjectKey } from '../../controller-runtime/object/object.ts';

/** The writes that a line lists. A repair has a line of its own. */
const LISTED: ReadonlySet<string> = new Set<ApplyResult['type']>(['created', 'updated', 'adopted']);

/** Logs one line when a resource is created, changed or deleted, or its children are written; none at a restart. */
export class ChangeLog {
  readonly #log: Logger;
  /** The last generation of each resource that a line, or an earlier process, reported. */
  readonly #generations = new Map<ObjectKey, { readonly uid: string; readonly generation: number }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs what a reconcile changed. */
  reconciled(resource: TemperatureConverter, applied: readonly AppliedChild[], log: Logger): void {
    const { uid, generation } = resource.metadata;
    const event = this.#eventOf(resource);
    this.#generations.set(keyOf(resource), { uid, generation });
    const children = listWrites(applied);
    if (event !== undefined || Object.keys(children).length > 0) {
      log.info({ generation, ...children }, event ?? 'wrote children');
    }
  }

  /** Logs that a resource is deleted, once. */
  deleted(key: ObjectKey): void {
    if (this.#generations.delete(key)) this.#log.info(splitObjectKey(key), 'TemperatureConverter deleted');
  }

  #eventOf({ metadata, status }: TemperatureConverter): string | undefined {
    // A deletion in the foreground increases the generation.
    if (metadata.deletionTimestamp !== undefined) return undefined;
    const reported = this.#generations.get(keyOf({ metadata }));
    const generation = reported?.uid === metadata.uid ? reported.generation : status?.observedGeneration;
    if (generation === undefined) return 'TemperatureConverter created';
    return generation === metadata.generation ? undefined : 'TemperatureConverter changed';
  }
}

/** The kinds of the written children by what happened to each, such as `{ created: ['Service'] }`. */
function listWrites(applied: readonly AppliedChild[]): Readonly<Record<string, readonly string[]>> {
  const writes: Record<string, string[]> = {};
  for (const { kind, result } of applied) {
    if (LISTED.has(result.type)) (writes[result.type] ??= []).push(kind);
  }
  return writes;
}
