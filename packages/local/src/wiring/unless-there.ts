/** What the services say of a thing that an earlier stage made and kept. */
const THERE = new Set(["ResourceAlreadyExistsException", "ResourceInUseException"]);

/** Makes something, or finds it made. */
export async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (!(error instanceof Error && THERE.has(error.name))) throw error;
  }
}
