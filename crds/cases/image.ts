import type { AcceptedSpec, RejectedSpec } from './spec-case.ts';

const HEX_64 = '0123456789abcdef'.repeat(4);
const LONG_TAG = 't'.repeat(128);
/** 255 characters, including 21 of the registry. */
const LONG_NAME = `registry.example.com/${'n'.repeat(234)}`;

/** Valid specs with an image. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  'a',
  'converter',
  'converter:1.2.3',
  'converter:1.2.3-',
  'converter:_V1.2-rc_3',
  `converter:${LONG_TAG}`,
  'team/converter',
  'docker.io/library/converter:latest',
  'registry.example.com/team/sub-team/converter__x/a.b_c--d:1',
  'Registry.Example.COM/converter',
  'registry:5000/converter',
  'localhost/converter',
  'localhost:5000/converter:1',
  '10.0.0.1:5000/converter',
  '[fd00::1]:5000/converter',
  `converter@sha256:${HEX_64}`,
  `registry.example.com/converter:1@sha256:${HEX_64}`,
  `converter@sha384:${HEX_64.slice(0, 32)}${HEX_64}`,
  `converter@sha512:${HEX_64}${HEX_64}`,
  // The repository "sha256" with a tag, not a digest.
  `sha256:${HEX_64}`,
  LONG_NAME,
  'n'.repeat(237),
  `team/${'n'.repeat(240)}`,
  `${LONG_NAME}:${LONG_TAG}@sha256:${HEX_64}`,
].map((image) => ({ title: `the image ${image}`, spec: { image } }));

const NAME =
  'must name an image, for instance registry.example.com/team/converter:1.2.3, without https:// and without white space';
const LOWERCASE = 'must have no capital letters in the name of the repository';
const LENGTH = 'must have at most 255 characters before the tag and the digest';
const TAG =
  'must have a tag of 1 to 128 letters, digits, _, . and - after the colon, beginning neither with . nor with -';
const DIGEST = 'must have a digest of sha256: and 64 hexadecimal digits after the @';

/** Invalid specs with an image. */
export const REJECTED: readonly RejectedSpec[] = [
  ...(
    [
      ['', NAME],
      ['my converter', NAME],
      [' converter', NAME],
      ['converter/', NAME],
      ['/converter', NAME],
      ['team//converter', NAME],
      ['-converter', NAME],
      ['converter-', NAME],
      ['con..verter', NAME],
      ['con___verter', NAME],
      ['convertér', NAME],
      ['https://registry.example.com/converter', NAME],
      ['registry.example.com:port/converter', NAME],
      ['registry_1:5000/converter', NAME],
      ['-registry.example.com:5000/converter', NAME],
      [`@sha256:${HEX_64}`, NAME],
      ['Converter', LOWERCASE],
      ['Team/converter', LOWERCASE],
      ['registry.example.com/Team/converter', LOWERCASE],
      ['n'.repeat(238), LENGTH],
      [`team/${'n'.repeat(241)}`, LENGTH],
      [`${LONG_NAME}n`, LENGTH],
      ['converter:', TAG],
      ['converter:-1', TAG],
      ['converter:.1', TAG],
      ['converter:1:2', TAG],
      ['converter:1+2', TAG],
      [`converter:${LONG_TAG}t`, TAG],
      ['converter@', DIGEST],
      ['converter@latest', DIGEST],
      [`converter@sha256:${HEX_64.slice(1)}`, DIGEST],
      [`converter@sha256:${HEX_64}0`, DIGEST],
      [`converter@sha256:${HEX_64.toUpperCase()}`, DIGEST],
      [`converter@md5:${HEX_64.slice(32)}`, DIGEST],
      [HEX_64, "must name a repository, and 64 hexadecimal digits are an image's ID"],
    ] as const
  ).map(([image, words]) => ({ title: `the image "${image}"`, spec: { image }, errors: { 'spec.image': words } })),
  {
    title: 'an image of more than 512 characters',
    spec: { image: `${LONG_NAME}:${LONG_TAG}@sha512:${HEX_64}${HEX_64}` },
    errors: { 'spec.image': 'Too long: may not be more than 512' },
  },
  { title: 'an image that is a number', spec: { image: 1 }, errors: { 'spec.image': 'must be of type string' } },
  {
    title: 'a policy in lowercase',
    spec: { imagePullPolicy: 'always' },
    errors: { 'spec.imagePullPolicy': 'supported values: "Always", "IfNotPresent", "Never"' },
  },
];
