import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocker } from './docker.ts';
import { deliver } from './image-delivery.ts';
import { deliverToRegistry } from './registry-delivery.ts';
import { StandInPrograms } from './testing/stand-in-programs.ts';

const REGISTRY = 'registry.invalid/team';
const REFERENCE = `${REGISTRY}/temperature-converter-operator:demo-1`;
const IMAGE = { tag: 'demo-1', reference: REFERENCE, variants: [REFERENCE] };

/** A client that may not ask the registry. */
const DOCKER = 'case "$*" in manifest*) exit 1 ;; esac';

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
});
