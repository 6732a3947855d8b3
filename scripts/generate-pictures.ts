import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PICTURES, ROOT } from './pictures/pictures.ts';

/** Draws every picture from its source: `npm run pictures`. */
for (const [path, render] of Object.entries(PICTURES)) {
  await writeFile(join(ROOT, path), await render());
  console.log(path);
}
