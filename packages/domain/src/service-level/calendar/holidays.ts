import Holidays from 'date-holidays';
import library from 'date-holidays/package.json' with { type: 'json' };
import { CalendarInvalid } from './errors.ts';

/** No holidays, those of a date-holidays region, or dates with their names. */
export type HolidaySource = null | { region: string } | { dates: ReadonlyMap<string, string> };

/** The name of the public holiday on a local date, `YYYY-MM-DD`; null on any other. */
export type HolidayLookup = (date: string, year: number) => string | null;

/** Where the holidays come from: the library and its version, pinned. */
export const holidayLibrary = `date-holidays ${library.version}`;

const libraries = new Map<string, Holidays>();
const years = new Map<string, Map<string, string>>();
const dayMilliseconds = 86_400_000;

/** Throws `CalendarInvalid` for a region that date-holidays does not know. */
export function holidayLookup(source: HolidaySource): HolidayLookup {
  if (source === null) return () => null;
  if ('dates' in source) return (date) => source.dates.get(date) ?? null;
  const library = libraryOf(source.region);
  return (date, year) => {
    // A holiday of one year may be kept on a day of the next, and one that spans days may begin in the year before.
    for (const each of [year, year - 1, year + 1]) {
      const name = holidaysOf(source.region, library, each).get(date);
      if (name !== undefined) return name;
    }
    return null;
  };
}

function libraryOf(region: string): Holidays {
  const before = libraries.get(region);
  if (before !== undefined) return before;
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
      `"${region}" is no region of date-holidays, such as GB-ENG, ZA or US`,
    );
  }
  if (part !== undefined) library.init(country, state as string, part);
  else if (state !== undefined) library.init(country, state);
  else library.init(country);
  libraries.set(region, library);
  return library;
}

/** Only type `public`, substitute days included; other types are open days. */
function holidaysOf(region: string, library: Holidays, year: number): Map<string, string> {
  const key = `${region} ${year}`;
  const before = years.get(key);
  if (before !== undefined) return before;
  const dates = new Map<string, string>();
  if (year >= 1900 && year <= 2200) {
    for (const { type, date, name, start, end } of library.getHolidays(year, 'en')) {
      if (type !== 'public') continue;
      // The text is the local date; start and end tell how many days it lasts.
      const first = Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
      const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / dayMilliseconds));
      for (let day = 0; day < days; day += 1) {
        dates.set(new Date(first + day * dayMilliseconds).toISOString().slice(0, 10), name);
      }
    }
  }
  years.set(key, dates);
  return dates;
}
