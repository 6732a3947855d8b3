import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../local-cluster/process/run-command.ts';

const CHART = join(import.meta.dirname, '..', 'helm');
const DIGEST = /^sha256:[0-9a-f]{64}$/u;

/** The images of a release. */
export interface ReleasedImages {
  /** Registry of both images, with or without a path. */
  readonly registry: string;
  readonly operatorDigest: string;
  readonly converterDigest: string;
}

/** Packages the chart with its images pinned by digest, and returns the path of the archive. */
export async function packageChart(helm: string, images: ReleasedImages, destination: string): Promise<string> {
  const staging = await mkdtemp(join(tmpdir(), 'chart-'));
  try {
    const chart = join(staging, 'temperature-converter-operator');
    await cp(CHART, chart, { recursive: true });
    await edit(join(chart, 'values.yaml'), (text) => pinImages(text, images));
    await edit(join(chart, 'Chart.yaml'), (text) => nameImages(text, images));
    const printed = await runCommand([helm, 'package', chart, '--destination', destination]);
    return printed.trim().replace(/^.*: /u, '');
  } finally {
    await rm(staging, { recursive: true });
  }
}

/** Writes registry and digests into the text of values.yaml, which keeps its comments. */
function pinImages(values: string, { registry, operatorDigest, converterDigest }: ReleasedImages): string {
  const withRegistry = replaceOnce(values, /^imageRegistry: ''$/mu, `imageRegistry: ${registry}`);
  const withConverter = pinDigest(withRegistry, 'converter', converterDigest);
  return pinDigest(withConverter, 'operator', operatorDigest);
}

function pinDigest(values: string, component: 'converter' | 'operator', digest: string): string {
  if (!DIGEST.test(digest))
    throw new Error(
      `the digest of the ${component}'s image must be sha256:… with 64 hexadecimal digits, not "${digest}"`,
    );
  const place = new RegExp(`^(${component}:\\n(?: .*\\n)*?    digest: )''$`, 'mu');
  return replaceOnce(values, place, `$1${digest}`);
}

/** Adds the registry to the images in the annotation for Artifact Hub. */
function nameImages(chart: string, { registry }: ReleasedImages): string {
  return chart.replaceAll('image: temperature-converter-', `image: ${registry}/temperature-converter-`);
}

function replaceOnce(text: string, place: RegExp, by: string): string {
  if (!place.test(text)) throw new Error(`the chart has no match for ${place.source}`);
  return text.replace(place, by);
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

if (import.meta.main) {
  const text = { type: 'string', default: '' } as const;
  const { values } = parseArgs({
    options: {
      registry: text,
      'operator-digest': text,
      'converter-digest': text,
      destination: { type: 'string', default: '.' },
    },
  });
  const images = {
    registry: values.registry,
    operatorDigest: values['operator-digest'],
    converterDigest: values['converter-digest'],
  };
  console.log(await packageChart('helm', images, values.destination));
}
