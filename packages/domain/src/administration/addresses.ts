import * as z from 'zod';
import { EmailAddress } from '../common/plain-text.ts';

/** Where a webhook is sent. */
export const Url = z
  .url({ protocol: /^https?$/, error: 'an http or https URL' })
  .max(2_000)
  .refine(hasNoCredentials, 'a URL without user and password: they would stand in answers and logs')
  .meta({ example: 'https://portal.example/hooks/ringback' });

/** Where an e-mail is sent. */
export const Email = EmailAddress.meta({ example: 'operations@provider.example' });

function hasNoCredentials(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
