import { acknowledge } from "@carryover/core/downstream/commands";
import { DownstreamInputError } from "@carryover/core/downstream/errors";
import { parserOf } from "@carryover/core/kernel/parsed";
import { DownstreamAcknowledged } from "@carryover/events/downstream-acknowledged";
import { Hono } from "hono";
import * as z from "zod/mini";
import { commonDeps } from "../runtime/downstream.ts";
import { type HttpEnv, httpHandler, jsonOf, withErrors } from "../runtime/http.ts";
import { log } from "../runtime/telemetry.ts";

const deps = { ...commonDeps(), log };
const parsed = parserOf(DownstreamInputError, "the request is not well formed");

const app = withErrors("acknowledgements", new Hono<HttpEnv>()).post(
  "/downstream/:system/users/:userId/acknowledgement",
  async (context) => {
    const isEmpty = (await context.req.text()) === "";
    const body = parsed(z.record(z.string(), z.unknown()), isEmpty ? {} : await jsonOf(context));
    // Whose word it is stands in the path, which IAM looked at.
    const data = parsed(DownstreamAcknowledged.data, { ...body, ...context.req.param() });
    await acknowledge(deps, { data });
    return context.body(null, 204);
  },
);

export const handler = httpHandler(app);
