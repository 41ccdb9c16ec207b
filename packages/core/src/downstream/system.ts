import type { Change } from "./schema.ts";

/** What came of bringing a system to a person's new ID. `changed` counts items or rows of this call. */
export type Applied =
  | { readonly outcome: "done"; readonly changed: number }
  /** A part is done, and the rest starts at the cursor. */
  | { readonly outcome: "more"; readonly changed: number; readonly cursor: string }
  /** The system itself says when it is done. */
  | { readonly outcome: "waiting"; readonly withinSeconds: number }
  | {
      readonly outcome: "retry";
      readonly reason: string;
      readonly afterSeconds?: number;
      readonly changed?: number;
    }
  /** Trying again cannot help: a person has to look. */
  | { readonly outcome: "refused"; readonly reason: string; readonly changed?: number }
  /** The system wants no more of this at all: it is paused. */
  | { readonly outcome: "closed"; readonly reason: string };

/** How much of a system still carries an ID of the person that it should not. */
export type Counted =
  | { readonly outcome: "counted"; readonly remaining: number }
  | { readonly outcome: "more"; readonly remaining: number; readonly cursor: string }
  /** The system cannot tell. */
  | { readonly outcome: "unknown" }
  | { readonly outcome: "retry"; readonly reason: string; readonly afterSeconds?: number }
  | { readonly outcome: "refused"; readonly reason: string };

export interface Piece {
  /** Where an earlier piece stopped. */
  readonly cursor: string | undefined;
  /** When the function has to be done with it. */
  readonly signal: AbortSignal;
}

/**
 * A system that knows people by their old sub. Every call is safe to repeat, whole or from any point
 * where it stopped, also while another one runs. What a system answers is an outcome and no exception.
 */
export interface System {
  /** With `dryRun` it says what it would do and changes nothing. */
  apply(change: Change, piece: Piece & { readonly dryRun: boolean }): Promise<Applied>;
  verify(change: Change, piece: Piece): Promise<Counted>;
}
