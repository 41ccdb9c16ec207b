import path from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { PROJECT_ROOT } from "./platform.ts";

export interface Bundle {
  readonly code: string;
  readonly bytes: number;
  /** The packages of the AWS SDK with a client in it: `@aws-sdk/client-eventbridge`. */
  readonly clients: readonly Client[];
}

/** The options of SST's pkg/runtime/node/build.go for nodejs24.x, minified as stacks/function.ts says. */
const OPTIONS = {
  platform: "node",
  format: "esm",
  target: "es2024",
  bundle: true,
  minify: true,
  define: { "process.env.NODE_ENV": '"production"' },
  keepNames: true,
  metafile: true,
  write: false,
  outdir: "bundles",
  external: ["sharp", "pg-native"],
  mainFields: ["module", "main"],
  logLevel: "error",
  banner: {
    js: [
      "import { createRequire as topLevelCreateRequire } from 'module';",
      "const require = topLevelCreateRequire(import.meta.url);",
      'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
      "const __filename = topLevelFileUrlToPath(import.meta.url)",
      'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
    ].join("\n"),
  },
} as const satisfies BuildOptions;

const constructed = (client: string, name: string) =>
  `import { ${name} } from "${client}"; new ${name}({});`;

/** What a function does with the SDK at its start, by package. */
const STARTS = {
  "@aws-sdk/client-cognito-identity-provider": constructed(
    "@aws-sdk/client-cognito-identity-provider",
    "CognitoIdentityProviderClient",
  ),
  "@aws-sdk/client-dynamodb": constructed("@aws-sdk/client-dynamodb", "DynamoDBClient"),
  "@aws-sdk/client-eventbridge": constructed("@aws-sdk/client-eventbridge", "EventBridgeClient"),
  "@aws-sdk/client-sesv2": constructed("@aws-sdk/client-sesv2", "SESv2Client"),
  "@aws-sdk/client-sqs": constructed("@aws-sdk/client-sqs", "SQSClient"),
  "@aws-sdk/client-sts": constructed("@aws-sdk/client-sts", "STSClient"),
  "@aws-sdk/lib-dynamodb": `import { DynamoDBClient as Raw } from "@aws-sdk/client-dynamodb";
    import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
    DynamoDBDocumentClient.from(new Raw({}));`,
};
export type Client = keyof typeof STARTS;

/** A function as `sst deploy` bundles it. `handler` is as in the lists: `packages/…/identity.handler`. */
export async function bundleHandler(handler: string): Promise<Bundle> {
  const bundles = await bundleHandlers([handler]);
  return bundles.get(handler) as Bundle;
}

/** The same for many, by handler: in one go, because esbuild then reads what they share once. */
export async function bundleHandlers(
  handlers: readonly string[],
): Promise<ReadonlyMap<string, Bundle>> {
  const file = (handler: string) => `${handler.slice(0, handler.lastIndexOf("."))}.ts`;
  const bundles = await bundle({
    ...OPTIONS,
    entryPoints: Object.fromEntries(
      handlers.map((handler, at) => [`${at}`, path.join(PROJECT_ROOT, file(handler))]),
    ),
  });
  return new Map(handlers.map((handler, at) => [handler, bundles.get(`${at}.js`) as Bundle]));
}

/** The SDK clients alone, imported and constructed: what a function cannot do without. */
export async function bundleClients(clients: readonly Client[]): Promise<Bundle> {
  const contents = clients.map((client) => STARTS[client]).join("\n");
  const bundles = await bundle({
    ...OPTIONS,
    stdin: { contents, resolveDir: path.join(PROJECT_ROOT, "packages/core") },
  });
  return bundles.get("stdin.js") as Bundle;
}

/** By name of the file that would be written. */
async function bundle(options: BuildOptions): Promise<ReadonlyMap<string, Bundle>> {
  const { metafile, outputFiles } = await build({ ...options, metafile: true, write: false });
  const inputs = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [path.basename(file), output.inputs]),
  );
  return new Map(
    outputFiles.map((output) => {
      const name = path.basename(output.path);
      const clients = clientsIn(inputs.get(name) ?? {});
      return [name, { code: output.text, bytes: output.contents.byteLength, clients }];
    }),
  );
}

/** Of what is left after tree shaking: a type that is imported is no client. */
function clientsIn(inputs: Metafile["outputs"][string]["inputs"]): readonly Client[] {
  const packages = Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (file.match(/@aws-sdk\/(client|lib)-[\w-]+/)?.[0] ?? []) : [],
  );
  const unknown = packages.find((name) => !(name in STARTS));
  if (unknown !== undefined) throw new Error(`what does a function construct of ${unknown}?`);
  return (Object.keys(STARTS) as Client[]).filter((name) => packages.includes(name));
}
