/** An error that a task of the tests throws on purpose. */
export class Refused extends Error {
  readonly path: string[];

  constructor(message: string, path: string[]) {
    super(message);
    this.name = 'Refused';
    this.path = path;
  }
}
