import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { AppError } from "../kernel/errors.ts";

/** How a store awaits its table. Each service says in an error of its own that the table did not answer. */
export interface TableCalls {
  /** @throws the service's error, for whatever the SDK throws */
  orUnavailable<Answer>(call: Promise<Answer>): Promise<Answer>;
  /** For the pages of a query or a scan. @throws the service's error, for whatever the SDK throws */
  pagesOrUnavailable<Page>(pages: AsyncIterable<Page>): AsyncIterable<Page>;
  /** False when the condition of the write does not hold. @throws the service's error, for all else */
  written(write: Promise<unknown>): Promise<boolean>;
}

/** @param service the table's name in the message: "the identity table did not answer" */
export function tableCalls(
  service: string,
  Unavailable: new (...of: ConstructorParameters<typeof AppError>) => AppError,
): TableCalls {
  const unavailable = (cause: unknown) => {
    const reason = cause instanceof Error ? cause.name : "unknown";
    return new Unavailable(`the ${service} table did not answer`, { reason }, { cause });
  };
  return {
    async orUnavailable(call) {
      try {
        return await call;
      } catch (error) {
        throw unavailable(error);
      }
    },
    async *pagesOrUnavailable(pages) {
      try {
        yield* pages;
      } catch (error) {
        throw unavailable(error);
      }
    },
    async written(write) {
      try {
        await write;
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw unavailable(error);
      }
    },
  };
}
