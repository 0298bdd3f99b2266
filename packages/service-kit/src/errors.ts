/** A webhook's target is an address that nobody outside should make us talk to. */
export class TargetForbidden extends Error {
  readonly code = 'TARGET_FORBIDDEN';

  constructor(host: string) {
    super(`${host} is a private, loopback or reserved address; set ALLOW_PRIVATE_WEBHOOKS to allow it`);
    this.name = 'TargetForbidden';
  }
}
