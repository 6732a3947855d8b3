/** An upper bound that includes the start of the cluster; each wait within a test has its own timeout. */
export const TEST_TIMEOUT_MS = 10 * 60_000;

/** The default timeout to wait for a state of the cluster. */
export const WAIT_TIMEOUT_MS = 60_000;
