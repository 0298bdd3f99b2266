import { Problem, type ServiceContext } from '@ringback/service-kit';
import * as z from 'zod';

export const calendarParams = z.object({
  id: z.string().max(200).meta({
    description: '`catalog.calendar`; the calendar alone where only one catalog has it',
    example: 'cat-levels.working',
  }),
});

/** `catalog.calendar` or `catalog/calendar`, or a calendar that only one catalog has. Answers `catalog/calendar`. */
export function resolveCalendar(text: string, { directory }: Pick<ServiceContext, 'directory'>): string {
  const [first = '', second] = text.split(/[./]/);
  const candidates = directory
    .catalogs()
    .filter(({ id, content }) =>
      second === undefined
        ? Object.hasOwn(content.calendars, first)
        : id === first && Object.hasOwn(content.calendars, second),
    )
    .map(({ id }) => `${id}/${second ?? first}`);
  const [only] = candidates;
  if (only === undefined) throw new Problem('calendar-not-found');
  if (candidates.length > 1) {
    throw new Problem('calendar-not-found', {
      detail: `Several catalogs have this calendar: ${candidates.map((each) => each.replace('/', '.')).join(', ')}.`,
    });
  }
  return only;
}
