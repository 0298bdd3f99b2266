import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Answer, HttpClient } from '@ringback/test-kit';
import type { ServiceProcess } from '../../testing/service-processes.ts';

/** Writers who open tickets and work on them, and remember what they were promised. */
export interface Load {
  /** Ticket → what of it was acknowledged, in order, as `recordedCommands` says it. */
  acknowledged: Map<string, string[]>;
  /** Answers that no outage explains. */
  unexpected: string[];
  /** How many commands were acknowledged so far. */
  count(): number;
  /** Begins no further ticket; resolves when every command that was sent is acknowledged. */
  stop(): Promise<void>;
}

type Step = [command: string, body: object, event: string];

const note = (text: string): Step => ['note', { text }, `NoteAdded ${text}`];
const reply = (text: string): Step => ['reply', { text }, `AgentReplied ${text}`];
const acknowledge: Step = ['acknowledge', {}, 'TicketAcknowledged'];
const resolve: Step = ['resolve', {}, 'TicketResolved'];
const wait = 'wait';

/** Promises kept, broken, broken and then kept, and kept once and broken later. */
const stories: (Step | typeof wait)[][] = [
  [acknowledge, reply('on it'), note('called back')],
  [note('unclear'), note('still unclear')],
  [reply('done?'), note('done'), resolve],
  [note('late'), wait, acknowledge, note('at last')],
];

const waitMilliseconds = 2_500;
const betweenTickets = 400;
const betweenTries = 100;
/** One command in so many is sent again after it was acknowledged. */
const repeatedEvery = 3;

/** `intakes` answers with the instances that may be asked; each command goes to any of them until one acknowledges it. */
export function startLoad(intakes: () => ServiceProcess[], writers = 4): Load {
  const acknowledged = new Map<string, string[]>();
  const unexpected: string[] = [];
  let running = true;
  let count = 0;
  let turn = 0;

  async function send(path: string, body: object): Promise<Answer | null> {
    // The same key in every try: what an answer was lost of must not happen twice.
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await sendUntilAnswered(path, body, headers);
    if (answer === null) return null;
    count += 1;
    if (count % repeatedEvery !== 0) return answer;
    // As by a caller who lost the answer, most of which come to an instance that did not give it.
    const again = await sendUntilAnswered(path, body, headers);
    if (again !== null && !isDeepStrictEqual(again.body, answer.body))
      unexpected.push(`${path} again: ${JSON.stringify(again.body)}, not ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async function sendUntilAnswered(
    path: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<Answer | null> {
    for (;;) {
      const asked = intakes();
      turn += 1;
      const answer = await ask(asked[turn % asked.length]?.client, path, body, headers);
      if (answer !== null && answer.status < 300) return answer;
      if (answer !== null && answer.status !== 503) {
        unexpected.push(`${path} ${answer.status} ${JSON.stringify(answer.body)}`);
        return null;
      }
      await pause(betweenTries);
    }
  }

  async function write(writer: number): Promise<void> {
    for (let ticket = writer; running; ticket += 1) {
      const subject = `${writer} ${ticket}`;
      const opened = await send('/v1/tickets', { customerId: 'chaos', subject });
      if (opened === null) return;
      const promised = [`TicketOpened ${subject}`];
      acknowledged.set(opened.body.id, promised);
      for (const step of stories[ticket % stories.length] ?? []) {
        if (step === wait) {
          await pause(waitMilliseconds);
          continue;
        }
        const [command, body, event] = step;
        if ((await send(`/v1/tickets/${opened.body.id}/${command}`, body)) === null) return;
        promised.push(event);
      }
      await pause(betweenTickets);
    }
  }

  const written = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return {
    acknowledged,
    unexpected,
    count: () => count,
    async stop() {
      running = false;
      await written;
    },
  };
}

/** Null: no one answered. */
async function ask(
  client: HttpClient | undefined,
  path: string,
  body: object,
  headers: Record<string, string>,
): Promise<Answer | null> {
  try {
    return (await client?.post(path, body, headers)) ?? null;
  } catch {
    return null;
  }
}
