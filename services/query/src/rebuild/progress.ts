/** Told how far a rebuild is; says so, at most once a second. */
export interface Report {
  read(events: number, of: number): void;
  projected(done: { events: number; tickets: number }, of: number): void;
  say(line: string): void;
}

const intervalMilliseconds = 1_000;

export function createReport(write: (line: string) => void, now = () => performance.now()): Report {
  let saidAt = now();
  let phase = '';
  let begunAt = 0;
  const line = (name: string, events: number, of: number, rest: string) => {
    const at = now();
    if (phase !== name) {
      phase = name;
      begunAt = at;
    }
    if (at - saidAt < intervalMilliseconds || at === begunAt) return;
    saidAt = at;
    const rate = Math.round(events / ((at - begunAt) / 1_000));
    const percent = of === 0 ? 100 : Math.floor((100 * events) / of);
    write(
      `${name} ${number(events)} of ${number(of)} events (${percent} %)${rest}, ${number(rate)} events/s`,
    );
  };
  return {
    read: (events, of) => line('read', events, of, ''),
    projected: ({ events, tickets }, of) => line('projected', events, of, `, ${number(tickets)} tickets`),
    say: write,
  };
}

export const number = (value: number): string => value.toLocaleString('en');
