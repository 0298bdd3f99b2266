/** A signing secret was sealed by another key than the present one. */
export class SecretUnreadable extends Error {
  constructor(cause: unknown) {
    super('the signing secret cannot be opened: SECRET_KEY is not the one it was sealed by', { cause });
    this.name = 'SecretUnreadable';
  }
}
