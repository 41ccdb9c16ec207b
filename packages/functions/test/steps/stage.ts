import { fileURLToPath } from "node:url";
import { type Clients, clientsFor } from "@carryover/local/clients";
import type { SeedUser } from "@carryover/local/seed";
import { type Stage, type StageOptions, startStage } from "@carryover/local/stage";
import { afterAll, beforeAll } from "vitest";

/** A stage for one test file, and what the file needs of it. */
export interface TestStage {
  readonly stage: Stage;
  /** Clients in the home region. */
  readonly clients: Clients;
  /** The new pool of the home region. */
  readonly target: Stage["ready"]["targets"][number];
}

/** Starts one stage for the file that calls it; stops it at the end. */
export function givenAStage(options: StageOptions = {}): () => TestStage {
  let started: TestStage | undefined;
  beforeAll(async () => {
    const stage = await startStage({ visibilitySeconds: 1, ...options });
    const { ready } = stage;
    const target = ready.targets.find(({ region }) => region === ready.region);
    if (!target) throw new Error("the stage has no pool in its home region");
    started = { stage, clients: clientsFor(ready.endpoint, ready.region), target };
  });
  afterAll(() => started?.stage.stop());
  return () => {
    if (started) return started;
    throw new Error("the stage is not up: use it inside a test");
  };
}

/** The configuration file of that name beside the tests. */
export function configFile(name: string): string {
  return fileURLToPath(new URL(`../${name}.config.ts`, import.meta.url));
}

/** A confirmed user with a verified address. */
export function aUser(email: string, more: Partial<SeedUser> = {}): SeedUser {
  return {
    username: email,
    password: PASSWORD,
    status: "CONFIRMED",
    enabled: true,
    smsMfa: false,
    emailMfa: false,
    groups: [],
    ...more,
    attributes: { email, email_verified: "true", ...more.attributes },
  };
}

export const PASSWORD = "Old-Password-1!";

/** Looks until there is something to see, for a bounded time. @throws Error saying what did not come */
export async function eventually<Seen>(
  what: string,
  look: () => Promise<Seen | undefined>,
  withinMs = 90_000,
): Promise<Seen> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > endMs) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Breaks something of the stage, as `POST /_local/faults` describes it. Returns what mends it. */
export async function broken(endpoint: string, fault: object): Promise<() => Promise<void>> {
  const url = `${endpoint}/_local/faults`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(fault) });
  if (!response.ok) throw new Error(`the stage refused the fault: ${await response.text()}`);
  return async () => {
    await fetch(url, { method: "DELETE" });
  };
}

/** Moves the stage's time. */
export async function advanceClock({ stage }: Pick<TestStage, "stage">, advanceSeconds: number) {
  await fetch(`${stage.ready.endpoint}/_local/clock`, {
    method: "POST",
    body: JSON.stringify({ advanceSeconds }),
  });
}
