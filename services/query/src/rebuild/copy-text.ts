const breaks = /[\t\n\r]/g;
const escapes: { [character: string]: string } = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A row as `COPY … FROM` takes it: null as `\N`, objects as JSON. */
export function copyLine(row: { [column: string]: unknown }, columns: readonly string[]): string {
  let line = '';
  let separator = '';
  for (const column of columns) {
    line += separator + copyField(row[column]);
    separator = '\t';
  }
  return `${line}\n`;
}

function copyField(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  // JSON has no line breaks or tabs of its own; most values have nothing to escape.
  if (typeof value === 'object') return escapeBackslashes(JSON.stringify(value));
  if (typeof value !== 'string') return String(value);
  return escapeBackslashes(value).replace(breaks, (character) => escapes[character] ?? '');
}

function escapeBackslashes(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\', '\\\\') : text;
}
