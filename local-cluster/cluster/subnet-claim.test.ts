import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimSubnet, findSubnet, releaseSubnet, subnetsInRoutes } from './subnet-claim.ts';

describe('subnetsInRoutes', () => {
  it('finds the subnets in the routes of the host', () => {
    const routes = `default via 192.0.2.1 dev eth0
198.18.0.0/24 dev tco-a proto kernel scope link src 198.18.0.1
local 198.18.12.1 dev tco-b table local proto kernel
10.198.18.5 dev eth0
`;
    expect([...subnetsInRoutes(routes)].toSorted((one, other) => one - other)).toEqual([0, 12]);
  });
});

describe('a claim', () => {
  const stateHome = process.env['XDG_STATE_HOME'];
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'claims-'));
    process.env['XDG_STATE_HOME'] = directory;
  });

  afterEach(() => {
    if (stateHome === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = stateHome;
    rmSync(directory, { recursive: true, force: true });
  });

  it('is one subnet per cluster, until it is released', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const indices = await Promise.all(names.map((name) => claimSubnet(name, new Set([2]))));
    expect(indices.toSorted((one, other) => one - other)).toEqual([1, 3, 4, 5]);
    expect(await Promise.all(names.map((name) => claimSubnet(name, new Set([2]))))).toEqual(indices);

    await releaseSubnet('two');
    expect(await findSubnet('two')).toBeUndefined();
    expect(await claimSubnet('five', new Set([2]))).toBe(indices[1]);
  });

  it('does not exist before it is made', async () => {
    expect(await findSubnet('one')).toBeUndefined();
    await expect(releaseSubnet('one')).resolves.toBeUndefined();
  });
});
