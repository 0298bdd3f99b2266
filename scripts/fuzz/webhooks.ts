import { adapterNames } from '@ringback/adapters';
import type { Fuzz } from './fuzz.ts';
import { play } from './webhooks/play.ts';
import { startServer } from './webhooks/start-server.ts';

const defaultCases = 200_000;

/** Webhooks of every adapter: multipart, forms, JSON and queries, right, wrong and hostile, with honest calls among them. */
export const fuzz: Fuzz = async ({ cases, seed, write }) => {
  write(`webhooks with seed ${seed}`);
  const played = await play({
    cases: cases ?? defaultCases,
    seed,
    adapters: adapterNames,
    start: () => startServer(),
    write,
  });
  const list = (counts: Map<string | number, number>) =>
    [...counts].map(([key, number]) => `${number} × ${key}`).join(', ');
  write(
    `${played.cases} hostile deliveries and ${played.honestCalls} honest calls in ${played.seconds.toFixed(0)} s, ` +
      `${Math.round(played.cases / played.seconds)}/s`,
  );
  write(`answers: ${list(played.statuses)}`);
  write(`stored: ${list(played.states)}`);
  write(`resident memory: ${played.memory.join(' → ')} MB`);
  if (played.fault !== null) write(`Fault with seed ${seed}: ${played.fault}`);
  return played.fault === null;
};
