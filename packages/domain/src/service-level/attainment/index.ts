export { type Figures, FiguresRepresentation, percentiles, representFigures } from './figures.ts';
export {
  type Outcome,
  type OutcomeState,
  outcomesOf,
  outlookOf,
  parties,
  type Reading,
  readings,
} from './outcome.ts';
export {
  type ClockComparison,
  comparedFields,
  compareReadings,
  draftPriority,
  type PlanReading,
  PriorityUnmapped,
  type RehearsedTicket,
  readUnder,
  readUnderDraft,
  rehearse,
} from './rehearse.ts';
export { count, figuresOf, newTally, type Tally } from './tally.ts';
