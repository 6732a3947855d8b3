import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';

/** The part of `docker info` that says which registries the engine uses without TLS, or without checking it. */
export interface RegistryConfig {
  readonly IndexConfigs?: Readonly<Record<string, { readonly Secure: boolean }>>;
  /** Networks ADDRESS/LENGTH, with the loopback addresses. */
  readonly InsecureRegistryCIDRs?: readonly string[];
}

/** Whether the engine uses a registry HOST[:PORT] without checking TLS, by the engine's own rule. */
export async function isInsecure(registry: string, config: RegistryConfig): Promise<boolean> {
  const isSecure = config.IndexConfigs?.[registry]?.Secure;
  if (isSecure !== undefined) return !isSecure;
  const networks = new BlockList();
  for (const network of config.InsecureRegistryCIDRs ?? []) {
    const [address = '', length = ''] = network.split('/');
    networks.addSubnet(address, Number(length), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  const addresses = await addressesOf(registry.replace(/:\d+$/u, ''));
  return addresses.some(({ address, family }) => networks.check(address, family === 6 ? 'ipv6' : 'ipv4'));
}

/** The addresses of a host; none if its name is unknown, as behind a proxy. */
async function addressesOf(host: string) {
  try {
    return await lookup(host, { all: true });
  } catch {
    return [];
  }
}
