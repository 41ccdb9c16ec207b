/** Lets calls run side by side, or one of them alone. */
export interface Turns {
  shared<Answer>(run: () => Promise<Answer>): Promise<Answer>;
  /** Waits for what runs, and keeps everything else waiting until it is done. */
  alone<Answer>(run: () => Promise<Answer>): Promise<Answer>;
}

export function createTurns(): Turns {
  const running = new Set<Promise<unknown>>();
  let blocked: Promise<void> | undefined;

  return {
    async shared(run) {
      while (blocked !== undefined) await blocked;
      const call = run();
      running.add(call);
      try {
        return await call;
      } finally {
        running.delete(call);
      }
    },
    async alone(run) {
      while (blocked !== undefined) await blocked;
      let release = () => {};
      blocked = new Promise((resolve) => {
        release = resolve;
      });
      try {
        await Promise.allSettled(running);
        return await run();
      } finally {
        blocked = undefined;
        release();
      }
    },
  };
}
