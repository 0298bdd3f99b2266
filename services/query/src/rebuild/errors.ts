/** The source does not hold a ticket's events without a gap: what would be built of it would be wrong. */
export class HistoryIncomplete extends Error {
  constructor(streamId: string, version: number) {
    super(`version ${version} of ticket ${streamId} is missing in the log; nothing was switched`);
    this.name = 'HistoryIncomplete';
  }
}

/** The read models are being rebuilt already. */
export class RebuildUnderway extends Error {
  constructor() {
    super('Another rebuild of the read models is under way; let it end, or end it, and start again.');
    this.name = 'RebuildUnderway';
  }
}

/** What the rebuild waits for does not come; the live tables are as they were. */
export class RebuildStuck extends Error {
  constructor(reason: string) {
    super(`${reason}; the live tables are as they were.`);
    this.name = 'RebuildStuck';
  }
}

/** SQLSTATE 55P03: a lock was not to be had in time. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '55P03';
}
