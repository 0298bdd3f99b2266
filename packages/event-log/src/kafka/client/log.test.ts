import { expect, it } from 'vitest';
import { logLevel } from './kafkajs.ts';
import { createClientLog } from './log.ts';

function listen() {
  const said: { fields: object; message: string }[] = [];
  let now = 0;
  const warn = (fields: object, message: string) => void said.push({ fields, message });
  const log = createClientLog({ info: () => {}, warn, error: () => {} }, () => now);
  const entry = (message: string, more: object = {}, level = logLevel.ERROR) =>
    log({ namespace: 'Connection', level, label: 'x', log: { timestamp: '', message, ...more } });
  return { said, entry, pass: (milliseconds: number) => (now += milliseconds) };
}

it('says the same once a minute, without stacks and secrets', () => {
  const { said, entry, pass } = listen();
  const refused = { broker: 'kafka:9092', error: 'ECONNREFUSED', stack: 'at …', password: 'hunter2' };
  entry('Connection error', refused);
  entry('Connection error', refused);
  expect(said).toEqual([
    {
      fields: { broker: 'kafka:9092', error: 'ECONNREFUSED', kafka: 'Connection' },
      message: 'Connection error',
    },
  ]);
  pass(60_000);
  entry('Connection error', refused);
  expect(said).toHaveLength(2);
});

it('keeps to itself what is part of a healthy life', () => {
  const { said, entry } = listen();
  entry('Response GroupCoordinator', { error: 'The group coordinator is not available' });
  entry('Limiting retries for the idempotent producer may invalidate EoS guarantees', {}, logLevel.WARN);
  entry('The group is rebalancing, re-joining', {}, logLevel.WARN);
  entry('Starting', {}, logLevel.INFO);
  expect(said).toEqual([]);
});
