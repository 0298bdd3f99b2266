/** What kafkajs 2.2.4 schedules, as far as the guard touches it. */
interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  checkPendingRequests(): void;
}

export interface RequestQueueClass {
  prototype: RequestQueue & { scheduleCheckPendingRequests(): void };
}

const guardedVersion = '2.2.4';
const checkMilliseconds = 10;

/**
 * kafkajs asks for a check of its pending requests after every answer, also where nothing is pending, for an instant
 * that lies in the past: Node 24 warns once (`TimeoutNegativeWarning`) and runs it every millisecond indefinitely, on each
 * connection (kafkajs #1751). A check is needed only while something is pending: what is sent later finds the throttle
 * itself. Other versions are left alone.
 */
export function guardIdleTimer(version: string, load: () => RequestQueueClass): void {
  if (version !== guardedVersion) return;
  const { prototype } = load();
  prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const throttled = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttled > 0 ? throttled : checkMilliseconds,
    );
  };
}
