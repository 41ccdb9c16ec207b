import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import type { Build } from "./evaluation.ts";

interface Call {
  readonly method: string;
  readonly params: readonly [Build & { readonly region: string }];
}

/**
 * Stands in for SST's CLI, which its components ask over HTTP to bundle a function and where a region's
 * bootstrap buckets are.
 */
export async function serveSst() {
  const bundle = await mkdtemp(path.join(os.tmpdir(), "carryover-stacks-"));
  await writeFile(path.join(bundle, "index.mjs"), "export const handler = async () => {};\n");
  const builds: Build[] = [];
  let underWay = 0;

  function answer({ method, params: [args] }: Call): object {
    switch (method) {
      case "Runtime.Build":
        builds.push(args);
        return { out: bundle, handler: "index.handler", errors: [], sourcemaps: [] };
      case "Provider.Aws.Bootstrap":
        return { asset: `asset-${args.region}`, state: `state-${args.region}` };
      default:
        return {};
    }
  }

  const server = createServer(async (request, response) => {
    underWay += 1;
    let body = "";
    for await (const chunk of request) body += String(chunk);
    response.end(JSON.stringify({ result: answer(JSON.parse(body) as Call) }));
    underWay -= 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env["SST_SERVER"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    builds,
    underWay: () => underWay,
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(bundle, { recursive: true });
    },
  };
}
