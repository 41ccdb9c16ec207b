/**
 * What an error means for whoever handles it. Only the boundaries (HTTP, subscriber, command line)
 * look at it, each by an exhaustive map.
 */
export type ErrorKind = "invalid" | "denied" | "missing" | "conflict" | "unavailable" | "broken";

/** Values that are safe in a log: ids, counts, names of fields. Never an address, password, code or token. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

export abstract class AppError extends Error {
  abstract readonly kind: ErrorKind;
  /** `<module>.<what>`, stable: apps and runbooks refer to it. */
  abstract readonly code: string;
  readonly facts: Facts;

  constructor(message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.facts = facts;
  }
}
