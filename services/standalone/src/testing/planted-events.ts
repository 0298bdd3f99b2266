import { type TicketEventType, ticketEventSchemas } from '@ringback/domain/ticket';

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

/** An example’s data with a text of its own, which begins with `name`, in each field that takes any text. */
export function plantMarkers(
  type: TicketEventType,
  example: Fields,
  name: string,
): { data: Fields; markers: Marker[] } {
  let data: Fields = { ...example, ...(type === 'WorkLogged' ? { minutes } : {}) };
  const markers: Marker[] = type === 'WorkLogged' ? [{ type, field: 'minutes', text: String(minutes) }] : [];
  for (const path of placesIn(data)) {
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

/** The paths of all texts, and of what could be one: null, and the first of an empty list. */
function placesIn(value: unknown): string[][] {
  if (typeof value === 'string' || value === null) return [[]];
  if (Array.isArray(value) && value.length === 0) return [['0']];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([field, child]) => placesIn(child).map((path) => [field, ...path]));
}

function replaceAt(value: unknown, [field, ...rest]: string[], by: unknown): unknown {
  if (field === undefined) return by;
  const child = replaceAt((value as Fields)[field], rest, by);
  if (!Array.isArray(value)) return { ...(value as object), [field]: child };
  return value.length === 0 ? [child] : value.with(Number(field), child);
}
