import { describe, expect, it } from 'vitest';
import { describeError } from './loggable-error.ts';

describe('An error in the log', () => {
  it('is its type, message, code, stack and cause, and nothing that a library hung on it', () => {
    const cause = Object.assign(new Error('terminating connection'), {
      code: '57P01',
      severity: 'FATAL',
      detail: 'Key (email)=(till@bakery.example) already exists.',
      client: { secretKey: 4711, password: 'hunter2' },
      query: 'select secret',
    });
    const described = describeError(new Error('it failed', { cause }));
    expect(described).toMatchObject({
      type: 'Error',
      message: 'it failed',
      cause: { code: '57P01', severity: 'FATAL', message: 'terminating connection' },
    });
    expect(JSON.stringify(described)).not.toMatch(/4711|hunter2|bakery|select secret/);
  });

  it('holds no key, no credentials of a URL and no token of a webhook', () => {
    const message =
      'postgres://ringback:hunter2@db/x, rb_abcdefghijklmnopq, whsec_abcdefghijk=, /v1/webhooks/zammad-cti/tOkEn-1';
    const text = JSON.stringify(describeError(new Error(message)));
    expect(text).not.toMatch(/hunter2|abcdefghijk|tOkEn/);
    expect(text).toContain('postgres://[redacted]db/x');
  });

  it('ends, even when causes lead back to it, and whatever was thrown', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).length).toBeLessThan(20_000);
    const many = new AggregateError(Array.from({ length: 1_000 }, () => new Error('one')));
    expect((describeError(many).errors as unknown[]).length).toBe(5);
    expect(describeError('text')).toEqual({ type: 'string', message: 'text' });
  });
});
