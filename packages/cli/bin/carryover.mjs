#!/usr/bin/env node
// The sources are TypeScript and run as they are: nothing is built.
import { register } from "tsx/esm/api";

// What the SDK will need in 2027 is not for whoever runs a demo: deployed functions run on Node 24.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

register();
await import("../src/main.ts");
