import { DurationInvalid } from './errors.ts';

/** What an objective allows: time served in its calendar, days of the wall clock, or business days. */
export type Duration =
  | { kind: 'exact'; milliseconds: number }
  | { kind: 'days'; days: number }
  | { kind: 'business-days'; days: number };

const exact = /^PT(?=\d)(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,11})(?:\.(\d{1,3}))?S)?$/;
const days = /^P(\d{1,4})(BD|D)$/;

/** `PT8H`, `PT0.25S`, `P2D`, `P1BD`. Throws `DurationInvalid`. */
export function parseObjectiveDuration(text: string): Duration {
  const found = days.exec(text);
  if (found === null) return { kind: 'exact', milliseconds: parseDuration(text) };
  const count = Number(found[1]);
  if (found[2] === 'BD' && count === 0) throw new DurationInvalid(text, 'business days count from 1');
  return { kind: found[2] === 'BD' ? 'business-days' : 'days', days: count };
}

/** ISO 8601 hours, minutes and seconds as milliseconds. Throws `DurationInvalid`. */
export function parseDuration(text: string): number {
  const found = exact.exec(text);
  if (found === null) {
    throw new DurationInvalid(text, 'such as PT8H, PT30M or PT0.25S, at most three decimals');
  }
  const [, hours = '0', minutes = '0', seconds = '0', fraction = ''] = found;
  return (
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(seconds) * 1_000 +
    Number(fraction.padEnd(3, '0'))
  );
}

/** As `parseDuration`, and days of 24 hours: `P1D`. Throws `DurationInvalid`. */
export function parseElapsed(text: string): number {
  const found = /^P(?:(\d{1,4})D)?(T.+)?$/.exec(text);
  const time = found?.[2] === undefined ? 0 : parseDuration(`P${found[2]}`);
  if (found === null || (found[1] === undefined && found[2] === undefined)) {
    throw new DurationInvalid(text, 'such as PT1H or P1D');
  }
  return Number(found[1] ?? 0) * 86_400_000 + time;
}

/** Milliseconds as hours, minutes and seconds: `PT27H30M`, `PT0.25S`, `PT0S`. Never days, no zero parts. */
export function formatDuration(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const rest = milliseconds % 60_000;
  const seconds = `${Math.floor(rest / 1_000)}${
    rest % 1_000 === 0
      ? ''
      : `.${String(rest % 1_000)
          .padStart(3, '0')
          .replace(/0+$/, '')}`
  }`;
  const text = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${rest > 0 ? `${seconds}S` : ''}`;
  return `PT${text === '' ? '0S' : text}`;
}
