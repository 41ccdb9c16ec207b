import path from "node:path";
import { type BuildOptions, build } from "esbuild";
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
  outfile: "bundle.mjs",
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
export function bundleHandler(handler: string): Promise<Bundle> {
  const file = `${handler.slice(0, handler.lastIndexOf("."))}.ts`;
  return bundle({ ...OPTIONS, entryPoints: [path.join(PROJECT_ROOT, file)] });
}

/** The SDK clients alone, imported and constructed: what a function cannot do without. */
export function bundleClients(clients: readonly Client[]): Promise<Bundle> {
  const contents = clients.map((client) => STARTS[client]).join("\n");
  return bundle({
    ...OPTIONS,
    stdin: { contents, resolveDir: path.join(PROJECT_ROOT, "packages/core") },
  });
}

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { metafile, outputFiles } = await build({ ...options, metafile: true, write: false });
  const [output] = outputFiles;
  if (!output) throw new Error("esbuild wrote no bundle");
  // Of what is left after tree shaking: a type that is imported is no client.
  const inputs = Object.values(metafile.outputs)[0]?.inputs ?? {};
  const packages = Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (file.match(/@aws-sdk\/(client|lib)-[\w-]+/)?.[0] ?? []) : [],
  );
  const unknown = packages.find((name) => !(name in STARTS));
  if (unknown !== undefined) throw new Error(`what does a function construct of ${unknown}?`);
  const clients = (Object.keys(STARTS) as Client[]).filter((name) => packages.includes(name));
  return { code: output.text, bytes: output.contents.byteLength, clients };
}
