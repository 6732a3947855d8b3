import { describe, expect, it } from '@jest/globals';
import { isInsecure } from './insecure-registries.ts';

const CONFIG = {
  IndexConfigs: { 'plain.invalid:5000': { Secure: false }, '198.18.0.1:5000': { Secure: true } },
  InsecureRegistryCIDRs: ['198.18.0.0/15', '2001:db8::/32', '::1/128', '127.0.0.0/8'],
};

describe('isInsecure', () => {
  it.each(['plain.invalid:5000', '198.19.1.1:5000', '198.19.1.1', 'localhost:5001', '127.0.0.1:5000'])(
    'is true for %s',
    async (registry) => {
      expect(await isInsecure(registry, CONFIG)).toBe(true);
    },
  );

  it.each(['198.18.0.1:5000', '203.0.113.1', 'registry.invalid'])('is false for %s', async (registry) => {
    expect(await isInsecure(registry, CONFIG)).toBe(false);
  });
});
