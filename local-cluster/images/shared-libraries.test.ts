import { describe, expect, it } from '@jest/globals';
import { librariesOf, parseLdd } from './shared-libraries.ts';

const LISTING = `\tlinux-vdso.so.1 (0x00007f6c32a2a000)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f6c32a0a000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f6c3241e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f6c32a2c000)
`;

describe('parseLdd', () => {
  it('returns the libraries and the loader, without the vDSO', () => {
    expect(parseLdd(LISTING)).toEqual([
      '/lib/x86_64-linux-gnu/libdl.so.2',
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it('throws the name of a missing library', () => {
    expect(() => parseLdd('\tlibatomic.so.1 => not found\n')).toThrow('libatomic.so.1');
  });
});

describe('librariesOf', () => {
  it('copies the targets of links to the paths that the program loads', async () => {
    const libraries = await librariesOf(process.execPath, 'root');
    expect(libraries).toContainEqual({
      path: expect.stringMatching(/^root\/.*libc\.so\.6$/u),
      copyOf: expect.stringMatching(/^\//u),
    });
  });
});
