import type { ColumnType } from 'kysely';

/** A bigint that stays below 2^53: read as a number. */
export type BigInteger = ColumnType<number, number, number>;

/** A timestamptz: read as a Date, written as a Date or as ISO 8601. */
export type Timestamp = ColumnType<Date, Date | string, Date | string>;

/** The same with a default. */
export type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;

/** A jsonb column: read as its value, written with `JSON.stringify`, because pg would write an array as PostgreSQL's. */
export type Json<T> = ColumnType<T, string | Extract<T, null>, string | Extract<T, null>>;
