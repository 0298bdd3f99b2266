import * as z from 'zod';

export const ticketParams = z.object({
  ticket: z.string().max(100).meta({ description: 'Its id or reference number', example: 'RB-4820-1937' }),
});
