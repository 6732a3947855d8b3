import { describe, expect, it } from '@jest/globals';
import { librariesOf, parseLdd } from './shared-libraries.ts';

const LISTING = `\tlinux-vdso.so.1 (0x00007f6c32a2a000)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f6c32a0a000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f6c3241e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f6c32a2c000)
`;

describe('parseLdd', () => {
  it('gives the libraries and the loader, and not what the kernel brings', () => {
    expect(parseLdd(LISTING)).toEqual([
      '/lib/x86_64-linux-gnu/libdl.so.2',
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it('says which library is missing', () => {
    expect(() => parseLdd('\tlibatomic.so.1 => not found\n')).toThrow('libatomic.so.1');
  });
});

describe('librariesOf', () => {
  it('copies what the links lead to, to where the program looks', async () => {
    const libraries = await librariesOf(process.execPath, 'root');
    expect(libraries).toContainEqual({
      path: expect.stringMatching(/^root\/.*libc\.so\.6$/u),
      copyOf: expect.stringMatching(/^\//u),
    });
  });
});
