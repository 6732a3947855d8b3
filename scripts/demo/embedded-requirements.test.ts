import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { whyNoEmbeddedCluster } from './embedded-requirements.ts';

const NONE = { platform: 'darwin', isRoot: false, contexts: [] } as const;

describe('whyNoEmbeddedCluster', () => {
  const { MAKELEVEL } = process.env;
  beforeEach(() => {
    process.env['MAKELEVEL'] = '1';
  });
  afterEach(() => {
    if (MAKELEVEL === undefined) delete process.env['MAKELEVEL'];
    else process.env['MAKELEVEL'] = MAKELEVEL;
  });

  it('has no reason on Linux with root', () => {
    expect(whyNoEmbeddedCluster({ platform: 'linux', isRoot: true, contexts: ['kind-kind'] })).toBeUndefined();
  });

  it.each(['darwin', 'win32'] as const)('says on %s how to create a cluster and use it', (platform) => {
    const why = whyNoEmbeddedCluster({ ...NONE, platform });
    expect(why).toContain('needs Linux');
    expect(why).toContain('kind create cluster\n');
    expect(why).toContain("make demo ARGS='--context kind-kind'");
    expect(why).not.toContain('sudo');
  });

  it('lists the commands for the contexts of the kubeconfig', () => {
    const why = whyNoEmbeddedCluster({ ...NONE, contexts: ['docker-desktop', 'staging'] });
    expect(why).toContain("make demo ARGS='--context docker-desktop'");
    expect(why).toContain("make demo ARGS='--context staging'");
    expect(why).not.toContain('kind create cluster');
  });

  it('offers sudo on Linux without root', () => {
    expect(whyNoEmbeddedCluster({ ...NONE, platform: 'linux' })).toContain('sudo make demo');
  });

  it('names npm where the demo was not started by make', () => {
    delete process.env['MAKELEVEL'];
    expect(whyNoEmbeddedCluster(NONE)).toContain('npm run demo -- --context kind-kind');
  });
});
