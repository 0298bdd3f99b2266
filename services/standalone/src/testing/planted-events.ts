import { type TicketEventType, ticketEventSchemas } from '@ringback/domain/ticket';
import { eventData } from '../../../../packages/domain/src/ticket/testing/event-data.ts';

export interface Marker {
  type: TicketEventType;
  /** Of the event’s data. */
  field: string;
  /** Stands in that field, and nowhere else. */
  text: string;
}

/** What the services look up has to lead somewhere. */
const lookedUp = ['reference', 'customerId', 'coverage', 'refersToTicketId'];
/** A number can be a marker too. */
const minutes = 7_331.25;

type Fields = { [field: string]: unknown };

/** Data of an event with a text of its own, which begins with `name`, in each field that takes any text. */
export function plantMarkers(type: TicketEventType, name: string): { data: Fields; markers: Marker[] } {
  let data: Fields = { ...eventData[type], ...(type === 'WorkLogged' ? { minutes } : {}) };
  const markers: Marker[] = type === 'WorkLogged' ? [{ type, field: 'minutes', text: String(minutes) }] : [];
  for (const path of textsIn(data)) {
    const [field = ''] = path;
    if (lookedUp.includes(field)) continue;
    const text = [name, type, ...path].join('-').toLowerCase();
    const planted = replaceAt(data, path, text) as Fields;
    if (!ticketEventSchemas[type].data.safeParse(planted).success) continue;
    data = planted;
    markers.push({ type, field, text });
  }
  return { data, markers };
}

/** The paths of all texts. */
function textsIn(value: unknown): string[][] {
  if (typeof value === 'string') return [[]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, child]) => textsIn(child).map((path) => [field, ...path]));
}

function replaceAt(value: unknown, [field, ...rest]: string[], by: unknown): unknown {
  if (field === undefined) return by;
  const child = replaceAt((value as Fields)[field], rest, by);
  return Array.isArray(value) ? value.with(Number(field), child) : { ...(value as object), [field]: child };
}
