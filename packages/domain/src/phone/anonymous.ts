/**
 * What phone systems send where the caller withheld the number. `266696687` spells ANONYMOUS on a keypad; 3CX and
 * Zabbix leave placeholders like `[Number]` and `*UNKNOWN*` unfilled.
 */
const spellings = new Set([
  '',
  'anonymous',
  'unknown',
  'restricted',
  'private',
  'privatenumber',
  'unavailable',
  'notavailable',
  'withheld',
  'numberwithheld',
  'hidden',
  'blocked',
  'nocallerid',
  'nonumber',
  'suppressed',
  'unidentified',
  'unbekannt',
  'none',
  'null',
  'undefined',
  'na',
  '266696687',
]);

/** Whether what stands in place of a number, or of the user in a SIP URI, means "withheld". */
export function isAnonymous(text: string): boolean {
  const trimmed = text.trim();
  const isPlaceholder = /^(?:\[\w+\]|\{[\w.]+\}|\$\{?\w+\}?)$/.test(trimmed);
  const letters = trimmed.toLowerCase().replaceAll(/[^\p{Letter}\p{Number}]/gu, '');
  return isPlaceholder || spellings.has(letters) || /^0+$/.test(letters);
}
