import type { ImagePullPolicy } from '../api/temperature-converter.ts';

/** The tag of an image reference, undefined if it has none. */
export function tagOf(image: string): string | undefined {
  const [withoutDigest = ''] = image.split('@', 1);
  // A colon before the last slash belongs to a registry's port.
  return /:([^:/]+)$/.exec(withoutDigest)?.[1];
}

/** The default pull policy of Kubernetes: `Always` for the tag `latest`, and for an image with neither tag nor digest. */
export function defaultPullPolicy(image: string): ImagePullPolicy {
  const tag = tagOf(image) ?? (image.includes('@') ? undefined : 'latest');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}
