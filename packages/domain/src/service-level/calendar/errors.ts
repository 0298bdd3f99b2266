/** A calendar that cannot be compiled; `field` names what is wrong with it. */
export class CalendarInvalid extends Error {
  readonly field: (string | number)[];

  constructor(field: (string | number)[], message: string) {
    super(message);
    this.name = 'CalendarInvalid';
    this.field = field;
  }
}

/** A duration that cannot be read. */
export class DurationInvalid extends Error {
  constructor(text: string, allowed: string) {
    super(`"${text}" is not a duration; ${allowed}`);
    this.name = 'DurationInvalid';
  }
}

/** An iCalendar feed that cannot be read. */
export class FeedInvalid extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`the feed cannot be read as iCalendar: ${reason}`);
    this.name = 'FeedInvalid';
    this.reason = reason;
  }
}

/** A computed question (a calculation, a simulation) that cannot be answered; `path` points into the request. */
export class QuestionInvalid extends Error {
  readonly path: (string | number)[];

  constructor(path: (string | number)[], message: string) {
    super(message);
    this.name = 'QuestionInvalid';
    this.path = path;
  }
}
