import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildProductImages, productContexts } from '../local-cluster/images.ts';
import type { BuildContext } from '../local-cluster/images/build-context.ts';
import { buildah } from '../local-cluster/images/buildah.ts';
import { buildImage, type BuiltImage } from '../local-cluster/images/built-image.ts';
import { type ImageConfig, type ImageContent, withImageContent } from './testing/image-content.ts';

const log = (): undefined => undefined;
const MEBIBYTE = 1_048_576;

/** Shells, package managers, download and archive tools, which an intruder could use. */
const TOOLS =
  /(?:^|\/)(?:sh|bash|dash|ash|busybox|apt|apt-get|dpkg|apk|npm|npx|corepack|yarn|curl|wget|tar|node_modules)$/;

describe.each([
  { program: 'service', ports: ['5000/tcp', '9464/tcp'], more: [] },
  { program: 'operator', ports: ['8080/tcp', '8081/tcp'], more: ['app/crds', 'app/crds/temperatureconverters.yaml'] },
] as const)('the image of the $program', ({ program, ports, more }) => {
  let context: BuildContext;
  let image: BuiltImage;

  beforeAll(async () => {
    context = (await productContexts(log))[program];
    image = (await buildProductImages(log))[program];
  });

  const inspect = <T>(use: (content: ImageContent) => Promise<T>): Promise<T> => withImageContent(image, use);

  it('builds reproducibly without a cache', async () => {
    const id = await buildImage(context, ['--no-cache'], log);
    expect(image.reference.split(':').at(-1)).toBe(id.slice(0, 16));
  });

  it('has no shell, no package manager, no node_modules and no set-user-ID file', async () => {
    await inspect(async ({ files }) => {
      expect(files.map(({ path }) => path)).toContain('nodejs/bin/node');
      expect(files.filter(({ path }) => TOOLS.test(path))).toEqual([]);
      expect(files.filter(({ mode }) => /^-.{2,5}s/i.test(mode))).toEqual([]);
    });
  });

  it('has one bundle, its licenses and its bill of materials, all read-only for its user', async () => {
    await inspect(async ({ files }) => {
      const own = files.filter(({ path }) => path === 'app' || path.startsWith('app/'));
      expect([...new Set(own.map(({ path }) => path))].toSorted()).toEqual(
        ['app', 'app/LICENSE', 'app/dist', `app/dist/${program}.js`, 'app/sbom.cdx.json', ...more].toSorted(),
      );
      expect([...new Set(own.map(({ owner }) => owner))]).toEqual(['0/0']);
      expect(own.filter(({ mode }) => mode.at(8) === 'w')).toEqual([]);
      expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(MEBIBYTE);
    });
  });

  it('is at most 10 MiB larger than Node.js', async () => {
    await inspect(async ({ files, bytes }) => {
      const node = files.find(({ path }) => path === 'nodejs/bin/node');
      const unpacked = files.reduce((sum, file) => sum + file.bytes, 0);
      expect(unpacked - (node?.bytes ?? 0)).toBeLessThan(10 * MEBIBYTE);
      expect(bytes).toBeLessThan(80 * MEBIBYTE);
    });
  });

  it('runs Node.js as a numeric non-root user, and has the standard labels', async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    await inspect(async ({ config: { config } }) => {
      expect(config.User).toBe('65532:65532');
      // Options of Node.js may be in between.
      expect([config.Entrypoint?.at(0), config.Entrypoint?.at(-1)]).toEqual(['node', `/app/dist/${program}.js`]);
      expect(Object.keys(config.ExposedPorts ?? {}).toSorted()).toEqual(ports);
      const label = (name: string): string | undefined => config.Labels?.[`org.opencontainers.image.${name}`];
      expect(label('version')).toBe(version);
      expect(label('licenses')).toBe('Apache-2.0');
      for (const name of ['title', 'description', 'revision'])
        expect([name, label(name)]).toEqual([name, expect.any(String)]);
    });
  });

  it('lists the bundled packages in its bill of materials', async () => {
    await inspect(async (content) => {
      const bill = JSON.parse(await content.readText('app/sbom.cdx.json')) as {
        bomFormat: string;
        metadata: { component: { name: string } };
        components: { name: string }[];
      };
      expect(bill).toMatchObject({
        bomFormat: 'CycloneDX',
        metadata: { component: { name: `temperature-converter-${program}` } },
      });
      expect(bill.components.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['pino', '@prometheus-io/client']),
      );
    });
  });

  it('has equal layers on a base of another architecture, because the build runs nothing in the image', async () => {
    const foreign = process.arch === 'arm64' ? 'amd64' : 'arm64';
    const base = `localhost/foreign-base:${foreign}`;
    const entries = [{ path: 'root/architecture', text: foreign }];
    const dockerfile = 'FROM scratch\nCOPY root/ /\n';
    await buildImage(
      { dockerfile, buildArguments: {}, entries },
      [`--platform=linux/${foreign}`, `--tag=${base}`],
      log,
    );
    const buildArguments = { ...context.buildArguments, RUNTIME_IMAGE: base };
    const { architecture, rootfs } = await readConfig(await buildImage({ ...context, buildArguments }, [], log));
    expect(architecture).toBe(foreign);
    // Ignores the base layer.
    const own = await inspect(async ({ config }) => config.rootfs.diff_ids.slice(1));
    expect(rootfs.diff_ids.slice(1)).toEqual(own);
  });
});

async function readConfig(id: string): Promise<ImageConfig> {
  // SAFETY: the output format of `buildah inspect`.
  return (JSON.parse(await buildah(['inspect', '--type=image', id])) as { OCIv1: ImageConfig }).OCIv1;
}
