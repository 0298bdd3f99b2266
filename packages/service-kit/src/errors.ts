/** A webhook's target is an address that no one outside should make us talk to. */
export class TargetForbidden extends Error {
  readonly code = 'TARGET_FORBIDDEN';

  constructor(host: string) {
    super(`${host} is a private, loopback or reserved address; set ALLOW_PRIVATE_WEBHOOKS to allow it`);
    this.name = 'TargetForbidden';
  }
}

/** The data directory cannot be used. The message says why and what to do. */
export class DataDirectoryRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataDirectoryRefused';
  }
}

/** Another process holds the lock of the data directory. */
export class DirectoryInUse extends Error {
  constructor(directory: string, owner: string | null) {
    super(
      `Ringback runs on ${directory} already${owner === null ? '' : ` (process ${owner})`}. ` +
        'Stop it, or set DATA_DIR to another directory.',
    );
    this.name = 'DirectoryInUse';
  }
}

/** A backup or a restore did not start, and nothing has changed. The message says what to do. */
export class BackupRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupRefused';
  }
}
