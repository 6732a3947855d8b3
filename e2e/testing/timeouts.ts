import { jest } from '@jest/globals';

// For bringing up what is missing, and for the slowest test; each wait inside has a limit of its own.
jest.setTimeout(10 * 60_000);
