/** The promises of the load's contract, milliseconds: short, so that a test sees many of them broken. */
export const promises = { target: 1_000, response: 2_000, update: 4_000 };

const duration = (milliseconds: number) => `PT${milliseconds / 1_000}S`;

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export const catalog = {
  catalog: 'chaos',
  name: 'Chaos',
  timeZone: 'UTC',
  defaultPriority: 'normal',
  priorities: { normal: { name: 'Normal', rank: 1 } },
  calendars: { always: { hours: Object.fromEntries(days.map((day) => [day, [['00:00', '24:00']]])) } },
  plans: {
    plan: {
      name: 'Plan',
      objectives: {
        normal: [
          {
            metric: 'response',
            calendar: 'always',
            target: duration(promises.target),
            max: duration(promises.response),
          },
          { metric: 'update', calendar: 'always', max: duration(promises.update) },
        ],
      },
    },
  },
};
