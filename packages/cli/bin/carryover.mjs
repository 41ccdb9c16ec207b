#!/usr/bin/env node
// The sources are TypeScript and run as they are: nothing is built.
import { register } from "tsx/esm/api";

register();
await import("../src/main.ts");
