import { request } from 'undici';
import { expect, it } from 'vitest';
import { checkTarget, createOutboundAgent, isPublicAddress } from './outbound-guard.ts';

it.each([
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fc00::1', false],
  ['ff02::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['not an address', false],
  ['8.8.8.8', true],
  ['2606:4700:4700::1111', true],
  ['::ffff:8.8.8.8', true],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

it.each([
  'http://127.0.0.1/',
  'http://[::1]:8080/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://169.254.169.254/latest',
])('refuses %s, unless private targets are allowed', (url) => {
  expect(() => checkTarget(url, false)).toThrow('ALLOW_PRIVATE_WEBHOOKS');
  expect(() => checkTarget(url, true)).not.toThrow();
});

it('leaves names to be resolved', () => {
  expect(() => checkTarget('https://portal.example/', false)).not.toThrow();
});

it.each([
  ['no list', undefined, 'addresses'],
  ['an empty list', [], 'has no address'],
  ['what is not an address', [{ address: 'nonsense', family: 4 }], 'ALLOW_PRIVATE_WEBHOOKS'],
])('A name that resolves to %s fails the request, not the process', async (_, addresses, message) => {
  const agent = createOutboundAgent(false, (_hostname, callback) => {
    setImmediate(() => callback(null, addresses as never));
  });
  const answer = request('http://receiver.example/', { dispatcher: agent });
  await expect(answer).rejects.toThrow(addresses === undefined ? /undefined/ : message);
  await agent.destroy();
});
