/** Of something that is done as fast as it can be. */
export interface Throughput {
  perSecond: number;
  /** Microseconds of a processor that this process has spent on each: it depends less on what else the machine does. */
  processor: number;
}

/** Begins to measure; the answer ends it, with how many were done. */
export function startMeasuring(): (count: number) => Throughput {
  const began = performance.now();
  const before = process.cpuUsage();
  return (count) => {
    const { user, system } = process.cpuUsage(before);
    return {
      perSecond: (count * 1_000) / (performance.now() - began),
      processor: (user + system) / count,
    };
  };
}
