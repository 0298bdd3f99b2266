import colors from 'picocolors';

type Paint = (text: string) => string;

export interface Timeline {
  heading(text: string): void;
  /** One line: seconds since the first, who, what. */
  happened(who: 'phone' | 'ticket' | 'clock' | 'webhook' | 'api', text: string): void;
  note(text: string): void;
}

const paints: { [who: string]: Paint } = {
  phone: colors.cyan,
  ticket: colors.green,
  clock: colors.yellow,
  webhook: colors.magenta,
  api: colors.blue,
};

/** Writes the day as lines; colour only where the terminal has it. */
export function createTimeline(write: (text: string) => void): Timeline {
  const begin = performance.now();
  return {
    heading: (text) => write(`\n${colors.bold(text)}\n`),
    happened: (who, text) => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(1).padStart(6);
      const paint = paints[who] ?? ((plain: string) => plain);
      write(`${colors.dim(`${seconds} s`)}  ${paint(who.padEnd(7))}  ${text}\n`);
    },
    note: (text) => write(`${colors.dim(text)}\n`),
  };
}

export const good: Paint = colors.green;
export const bad: Paint = colors.red;
