export { advance, nextOpening, nominalServed, openBetween } from './arithmetic.ts';
export { CalendarCalculationRequest, CalendarCalculationResponse, calculate } from './calculate.ts';
export { type CompiledCalendar, compileCalendar } from './compiled-calendar.ts';
export { type Duration, formatDuration, parseDuration, parseObjectiveDuration } from './durations.ts';
export { CalendarInvalid, DurationInvalid, QuestionInvalid } from './errors.ts';
export type { HolidaySource } from './holidays.ts';
export { type CalendarSegment, segments } from './segments.ts';
export type { CalendarDefinition } from './windows.ts';
