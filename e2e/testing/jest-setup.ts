import { jest } from '@jest/globals';
import { TEST_TIMEOUT_MS } from './timeouts.ts';

jest.setTimeout(TEST_TIMEOUT_MS);
