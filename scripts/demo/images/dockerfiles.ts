import { join } from 'node:path';

/** The build context of both images: the root of the repository. */
export const DOCKERFILES = join(import.meta.dirname, '..', '..', '..');
