/** Seconds. They resolve what the product aims at: single milliseconds, and the seconds at which a client gives up. */
export const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10];
