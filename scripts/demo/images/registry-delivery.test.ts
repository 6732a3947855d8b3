import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocker } from './docker.ts';
import { deliver } from './image-delivery.ts';
import { deliverToRegistry } from './registry-delivery.ts';
import { StandInPrograms } from '../testing/stand-in-programs.ts';

const REGISTRY = '198.18.0.1:5000/team';
const REFERENCE = `${REGISTRY}/temperature-converter-operator:demo-1`;
const IMAGE = { tag: 'demo-1', reference: REFERENCE, variants: [REFERENCE] };
const INDEX = { ...IMAGE, variants: [`${REFERENCE}-amd64`, `${REFERENCE}-arm64`] };

/** A client that may not ask the registry. It keeps lists of manifests, and `inspect` shows those (docker/cli). */
const DOCKER = `case "$*" in
  'manifest inspect '*) [ -e list ] || { echo "no such manifest: $3" >&2; exit 1; } ;;
  'manifest create '*) [ ! -e list ] || { echo 'refusing to amend' >&2; exit 1; }; touch list ;;
  'manifest rm '*) rm list ;;
  'manifest push '*) [ ! -e refuses ] || { echo 'unavailable' >&2; exit 1; } ;;
esac
`;

describe('deliverToRegistry', () => {
  let programs: StandInPrograms;
  const delivery = deliverToRegistry(REGISTRY, createDocker({ Name: 'host' }, true));

  beforeEach(() => {
    programs = new StandInPrograms(['docker'], DOCKER);
  });

  afterEach(() => {
    programs.remove();
  });

  it('trusts a push that succeeds, since a client may be unable to ask for the image', async () => {
    await expect(deliver(delivery, IMAGE)).resolves.toBeUndefined();
    expect(programs.calls()).toContain(`docker push --quiet ${REFERENCE}`);
  });

  it('does not take an index that was not pushed for one that the registry has', async () => {
    programs.touch('refuses');
    await expect(deliver(delivery, INDEX)).rejects.toThrow('unavailable');
    expect(existsSync(join(programs.directory, 'list'))).toBe(false);
    expect(await delivery.missing(INDEX)).toHaveLength(1);
    // An earlier run may have been killed before its push.
    programs.touch('list');
    expect(await delivery.missing(INDEX)).toHaveLength(1);
  });

  it('replaces a list that an earlier run left', async () => {
    programs.touch('list');
    await delivery.send(INDEX);
    expect(programs.calls().filter((call) => call.startsWith('docker manifest push'))).toEqual([
      `docker manifest push ${REFERENCE}`,
    ]);
  });

  it('asks a registry in an insecure network of the engine as the engine does', async () => {
    const info = { Name: 'host', RegistryConfig: { InsecureRegistryCIDRs: ['198.18.0.0/15'] } };
    await createDocker(info, true).isPushed('198.18.0.1:5000/x:1');
    expect(programs.calls()).toContain('docker manifest inspect --insecure 198.18.0.1:5000/x:1');
  });
});
