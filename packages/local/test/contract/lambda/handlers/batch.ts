interface Batch {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: { readonly ApproximateReceiveCount: string };
  }[];
}

/** Fails the messages whose text says so; "once" only on their first receive. */
export async function handler({ Records }: Batch): Promise<unknown> {
  process.stdout.write(`${JSON.stringify(Records)}\n`);
  if (Records.some(({ body }) => body === "throw")) throw new Error("whole batch");
  if (Records.some(({ body }) => body === "unknown")) {
    return { batchItemFailures: [{ itemIdentifier: "no-such-id" }] };
  }
  const failed = Records.filter(
    ({ body, attributes }) =>
      body === "fail" || (body === "once" && attributes.ApproximateReceiveCount === "1"),
  );
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
