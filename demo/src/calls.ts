/** A step in the recorded life of a call: what the phone system posts, and how many seconds after the start. */
export interface CallStep {
  after: number;
  says: string;
  contentType: string;
  body: string;
}

const json = (body: { [key: string]: unknown }) => ({
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const form = (body: [string, string][]) => ({
  contentType: 'application/x-www-form-urlencoded',
  body: new URLSearchParams(body).toString(),
});

/** The bakery rings, is answered at once, and hangs up: its response clock is met. */
export function answeredCall(callId: string, from: string, to: string): CallStep[] {
  const call = { from, to, direction: 'in', callId };
  return [
    { after: 0, says: 'the bakery rings', ...json({ event: 'newCall', ...call, user: ['Emma Taylor'] }) },
    {
      after: 1,
      says: 'Emma answers',
      ...json({ event: 'answer', ...call, user: ['Emma Taylor'], answeringNumber: 'emma@corner.example' }),
    },
    { after: 3, says: 'they hang up', ...json({ event: 'hangup', ...call, cause: 'normalClearing' }) },
  ];
}

/** The dentist rings and no one answers; twice, and the phone system repeats itself as phone systems do. */
export function missedCall(callId: string, from: string, to: string): CallStep[] {
  const call: [string, string][] = [
    ['from', from],
    ['to', to],
    ['direction', 'in'],
    ['callId', callId],
  ];
  const ring = form([
    ['event', 'newCall'],
    ...call,
    ['user[]', 'Emma Taylor'],
    ['user[]', 'Christopher Miller'],
  ]);
  return [
    { after: 0.5, says: 'the dentist rings', ...ring },
    { after: 0.6, says: 'the phone system repeats that', ...ring },
    {
      after: 2.5,
      says: 'nobody answered, the dentist gives up',
      ...form([['event', 'hangup'], ...call, ['cause', 'cancel']]),
    },
  ];
}
