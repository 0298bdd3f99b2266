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
  draftPriority,
  PriorityUnmapped,
  type RehearsedTicket,
  rehearse,
} from './rehearse.ts';
export { count, figuresOf, newTally, type Tally } from './tally.ts';
