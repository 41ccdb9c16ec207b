/** A pattern that EventBridge would refuse. The message is the reason. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** An error that names the place in the pattern. */
export function within(path: string, reason: string): PatternError {
  return new PatternError(path ? `${reason} (at "${path}")` : reason);
}
