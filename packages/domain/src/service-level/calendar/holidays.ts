import Holidays from 'date-holidays';
import library from 'date-holidays/package.json' with { type: 'json' };
import { createLruCache } from '../../common/index.ts';
import { CalendarInvalid } from './errors.ts';

/** No holidays, those of a date-holidays region, or dates with their names. */
export type HolidaySource = null | { region: string } | { dates: ReadonlyMap<string, string> };

/** The name of the public holiday on a local date, in days since 1970-01-01; null on any other. */
export type HolidayLookup = (day: number) => string | null;

/** Where the holidays come from: the library and its version, pinned. */
export const holidayLibrary = `date-holidays ${library.version}`;

/** A region's rules, and the holidays of the years that were asked for: at most 301 of them. */
interface Region {
  library: Holidays;
  years: Map<number, Map<number, string>>;
}

/** Names of regions come from outside, so only the latest are kept: about half a megabyte each with every year. */
const regions = createLruCache<Region>({ entries: 20 });
const dayMilliseconds = 86_400_000;
const firstYear = 1_900;
const lastYear = 2_200;
const none: ReadonlyMap<number, string> = new Map();

/** Throws `CalendarInvalid` for a region that date-holidays does not know. */
export function holidayLookup(source: HolidaySource): HolidayLookup {
  if (source === null) return () => null;
  if ('dates' in source) {
    const names = new Map([...source.dates].map(([date, name]) => [dayOf(date), name]));
    return (day) => names.get(day) ?? null;
  }
  const region = regionOf(source.region);
  return (day) => {
    const year = new Date(day * dayMilliseconds).getUTCFullYear();
    // A holiday of one year may be kept on a day of the next, and one that spans days may begin in the year before.
    for (const each of [year, year - 1, year + 1]) {
      const name = holidaysOf(region, each).get(day);
      if (name !== undefined) return name;
    }
    return null;
  };
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMilliseconds;

function regionOf(name: string): Region {
  const known = regions.get(name);
  if (known !== undefined) return known;
  const made = { library: libraryOf(name), years: new Map<number, Map<number, string>>() };
  regions.set(name, made);
  return made;
}

function libraryOf(region: string): Holidays {
  const [country = '', state, part] = region.split('-');
  const library = new Holidays();
  const countries = library.getCountries() as { [code: string]: string } | undefined;
  const states = library.getStates(country) as { [code: string]: string } | undefined;
  const regions =
    state === undefined
      ? undefined
      : (library.getRegions(country, state) as { [code: string]: string } | undefined);
  const exists =
    countries?.[country] !== undefined &&
    (state === undefined || states?.[state] !== undefined) &&
    (part === undefined || regions?.[part] !== undefined);
  if (!exists) {
    throw new CalendarInvalid(
      ['holidays'],
      `"${region}" is not a region of date-holidays, such as GB-ENG, ZA or US`,
    );
  }
  if (part !== undefined) library.init(country, state as string, part);
  else if (state !== undefined) library.init(country, state);
  else library.init(country);
  return library;
}

/** Only type `public`, substitute days included; other types are open days. */
function holidaysOf({ library, years }: Region, year: number): ReadonlyMap<number, string> {
  if (year < firstYear || year > lastYear) return none;
  const before = years.get(year);
  if (before !== undefined) return before;
  const dates = new Map<number, string>();
  for (const { type, date, name, start, end } of library.getHolidays(year, 'en')) {
    if (type !== 'public') continue;
    // The text is the local date; start and end tell how many days it lasts.
    const first = dayOf(date.slice(0, 10));
    const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / dayMilliseconds));
    for (let day = 0; day < days; day += 1) dates.set(first + day, name);
  }
  years.set(year, dates);
  return dates;
}
