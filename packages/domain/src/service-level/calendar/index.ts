export { advance, nextOpening, nominalServed, openBetween } from './arithmetic.ts';
export { CalendarCalculationRequest, CalendarCalculationResponse, calculate } from './calculate.ts';
export { type CompiledCalendar, compileCalendar } from './compiled-calendar.ts';
export {
  type Duration,
  formatDuration,
  parseDuration,
  parseElapsed,
  parseObjectiveDuration,
} from './durations.ts';
export { CalendarInvalid, DurationInvalid, FeedInvalid, QuestionInvalid } from './errors.ts';
export { type HolidaySource, holidayLibrary } from './holidays.ts';
export { type FeedException, type FeedQuestion, readFeed } from './icalendar.ts';
export { beginOfDate, type CalendarListing, listCalendar } from './listing.ts';
export { type CalendarSegment, segments } from './segments.ts';
export type { CalendarDefinition } from './windows.ts';
