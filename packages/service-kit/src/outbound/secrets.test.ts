import { expect, it } from 'vitest';
import { createSecrets } from './secrets.ts';

const secrets = createSecrets('a key that is long enough for this');

it('opens what it sealed, which looks different each time', () => {
  const [one, two] = [secrets.seal('whsec_x'), secrets.seal('whsec_x')];
  expect(one).not.toBe(two);
  expect(one).not.toContain('whsec');
  expect([secrets.open(one), secrets.open(two)]).toEqual(['whsec_x', 'whsec_x']);
});

it('opens nothing that was changed, cut, or sealed with another key', () => {
  const sealed = Buffer.from(secrets.seal('whsec_x'), 'base64');
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => secrets.open(changed.toString('base64'))).toThrow();
  }
  expect(() => secrets.open(sealed.subarray(0, 20).toString('base64'))).toThrow();
  expect(() => createSecrets('another key that is long enough').open(sealed.toString('base64'))).toThrow();
});
