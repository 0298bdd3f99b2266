/** What a computation thread runs for `customers.ts`. */
export { readContactNumbers } from '@ringback/domain/administration';
