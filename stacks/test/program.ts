import { setTimeout as delay } from "node:timers/promises";
import * as aws from "@pulumi/aws";
import { output, runtime } from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { run } from "#platform/auto/run";
import * as sst from "#platform/components/index";
import config from "../../sst.config.ts";
import type { Evaluation, EvaluationInput, Options, Resource } from "./evaluation.ts";
import { mocksOf } from "./mocks.ts";
import { serveSst } from "./sst-server.ts";

/** Runs the real sst.config.ts in this process, as SST's CLI does, and returns what it declares. */
export async function evaluateStacks({ stage, dev = false }: EvaluationInput): Promise<Evaluation> {
  Object.assign(globalThis, { $dev: dev });
  const app = await config.app({ stage });
  const { aws: provider } = app.providers ?? {};
  const homeRegion = typeof provider === "object" ? String(provider.region) : "us-east-1";
  Object.assign($app, { stage, ...app });
  Object.assign(globalThis, { sst, aws, random });

  const server = await serveSst();
  const { resources, handlers } = mocksOf(homeRegion);
  const options: Options[] = [];
  let outputs: Evaluation["outputs"] = {};
  await runtime.setMocks(handlers, app.name, stage, false);
  await runtime.runInPulumiStack(() =>
    run(async () => {
      // After SST's own, so that it sees what those have decided.
      runtime.registerStackTransformation(({ type, name, opts }) => {
        const { protect, retainOnDelete } = opts;
        options.push({
          type,
          name,
          isProtected: protect === true,
          isRetained: retainOnDelete === true,
        });
        return undefined;
      });
      const declared = (await config.run()) as object;
      output(declared).apply((resolved) => {
        outputs = resolved as Evaluation["outputs"];
      });
      return declared;
    }),
  );
  await settle({
    progress: () => resources.length,
    isWaiting: () => server.underWay() > 0 || server.builds.length > functionsIn(resources),
  });
  await server.close();
  return {
    app: { name: app.name, removal: app.removal, protect: app.protect, homeRegion },
    resources,
    options,
    outputs,
    builds: server.builds,
  };
}

function functionsIn(resources: readonly Resource[]): number {
  return resources.filter(({ type }) => type === "aws:lambda/function:Function").length;
}

/** Outputs go on resolving after the program's end. Done when nothing is due and nothing has happened for a while. */
async function settle(of: { progress: () => number; isWaiting: () => boolean }): Promise<void> {
  for (let seen = -1; seen !== of.progress() || of.isWaiting(); ) {
    seen = of.progress();
    await delay(250);
  }
}
