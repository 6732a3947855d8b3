import type { ObjectToApply } from '../../controller-runtime/object/object.ts';
import type { OwnedFields } from '../../controller-runtime/apply/owned-fields.ts';
import type { MergePatch } from '../../controller-runtime/client/write.ts';
import type { LiveObject } from '../../controller-runtime/apply/live-object.ts';

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

/**
 * The merge patch that restores a Service port that another manager has renumbered; undefined if an apply is enough.
 * Ports are keyed by number: an apply would add the desired port beside the renumbered one with the same name, which the
 * API server rejects. Ports with other names are kept.
 */
export function computePortReplacement(desired: ObjectToApply, live: LiveObject): MergePatch | undefined {
  const wanted = portsOf(desired);
  const found = portsOf(live);
  const isForeign = (port: ServicePort): boolean =>
    wanted.some((ours) => ours.name === port.name && !isSamePort(ours, port)) && !isOwned(live.ownedFields, port);
  if (!found.some(isForeign)) return undefined;
  const others = found.filter((port) => !wanted.some((ours) => ours.name === port.name || isSamePort(ours, port)));
  return { spec: { ports: [...wanted, ...others] } };
}

function portsOf(service: { readonly spec?: { readonly ports?: readonly ServicePort[] } }): readonly ServicePort[] {
  const spec: { readonly ports?: readonly ServicePort[] } = service.spec ?? {};
  return spec.ports ?? [];
}

function isSamePort(a: ServicePort, b: ServicePort): boolean {
  return a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
}

function isOwned(owned: OwnedFields | undefined, { port, protocol }: ServicePort): boolean {
  const key = JSON.stringify({ port, protocol: protocol ?? 'TCP' });
  return owned?.['f:spec']?.['f:ports']?.[`k:${key}`] !== undefined;
}
