import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";

// What an app does, for a test to call from outside: the library itself, unchanged.
const config = Reflect.get(globalThis, "amplifyConfig");
Amplify.configure(config);
Object.assign(globalThis, { auth });
