import type { EngineName } from '../command-line.ts';

/** One image to build. */
export interface ImageBuild {
  readonly dockerfile: string;
  /** For instance linux/amd64. */
  readonly platform: string;
  readonly tag: string;
  /** The value of DEMO_LABEL. */
  readonly label: string;
  /** The network of its commands; undefined for the engine's default. */
  readonly network: string | undefined;
  /** NAME=VALUE. */
  readonly buildArguments: readonly string[];
}

/** Docker or podman. References are HOST/PATH:TAG. */
export interface ContainerEngine {
  readonly name: EngineName;
  /** The program to run, which has another name where `docker` is podman. */
  readonly program: string;
  /** The name of the machine on which the engine runs, which is a virtual machine on macOS and Windows. */
  readonly host: string;
  build(image: ImageBuild, signal?: AbortSignal): Promise<void>;
  /** The digest that identifies the content of an image. */
  imageId(reference: string, signal?: AbortSignal): Promise<string>;
  tag(reference: string, newReference: string, signal?: AbortSignal): Promise<void>;
  /** Removes a reference, and the image if it was the last one; throws if a container uses the image. */
  untag(reference: string, signal?: AbortSignal): Promise<void>;
  /** Writes an image with its reference into an archive. */
  save(reference: string, path: string, signal?: AbortSignal): Promise<void>;
  push(reference: string, signal?: AbortSignal): Promise<void>;
  /** Pushes an index of images of several platforms, which were pushed before. */
  pushIndex(reference: string, images: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Whether the registry says that it has the reference; false also if the client cannot ask, since then a push tells. */
  isPushed(reference: string, signal?: AbortSignal): Promise<boolean>;
  /** The references of the images that demos built, and the IDs of those that have none. */
  demoImages(signal?: AbortSignal): Promise<readonly string[]>;
}

/** The label of every image that the demo builds. */
export const DEMO_LABEL = 'temperature-converter.io/demo';

/** Parses lines REPOSITORY:TAG ID; an image without a reference is named by its ID. */
export function parseImageList(text: string): readonly string[] {
  const lines = text.split(/\r?\n/u).filter((line) => line !== '');
  return lines.map((line) => {
    const [reference = '', id = ''] = line.split(' ');
    return reference.includes('<none>') ? id : reference;
  });
}
