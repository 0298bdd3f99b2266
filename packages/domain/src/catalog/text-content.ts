/** Of a value within the text. */
export type Path = (string | number)[];

/** A fault in the text itself, at an offset in characters. */
export interface TextFault {
  offset: number;
  message: string;
}

/** What a text holds, and where. */
export interface TextContent {
  value: unknown;
  /** The offset of the value, or of the innermost parent that is there. */
  offsetOf(path: Path): number;
}
