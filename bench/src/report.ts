export interface Figure {
  name: string;
  value: string;
  /** Against the baseline of the same run. */
  ratio?: string;
  aim?: string;
}

/** Prints a heading and its figures in columns. */
export function report(heading: string, figures: Figure[], write: (text: string) => void): void {
  const widths = [
    Math.max(...figures.map(({ name }) => name.length)),
    Math.max(...figures.map(({ value }) => value.length)),
    Math.max(...figures.map(({ ratio = '' }) => ratio.length)),
  ] as const;
  write(`\n${heading}\n`);
  for (const { name, value, ratio = '', aim = '' } of figures) {
    const line = `  ${name.padEnd(widths[0])}  ${value.padStart(widths[1])}  ${ratio.padEnd(widths[2])}  ${aim}`;
    write(`${line.trimEnd()}\n`);
  }
}

export function perSecond(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M/s`;
  if (count >= 1e4) return `${(count / 1e3).toFixed(1)} k/s`;
  return `${Math.round(count)}/s`;
}

export function times(value: number, baseline: number): string {
  return `${(value / baseline).toFixed(2)} ×`;
}

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
