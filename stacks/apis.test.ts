import { type Api, apis } from "@carryover/functions/apis";
import { deployed } from "@carryover/functions/deployed";
import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { actionsOf, rightsOf } from "./test/rights.ts";
import { configOf } from "./test/stages.ts";

describeStacks("the HTTP API", ["dev", "placement", "downstream"], () => {
  it("opens the look-up to sign-in pages and nothing else, and lets it and pre-authentication read alone", () => {
    const stage = of("placement");
    const ofType = (end: string) => stage.resources.filter(({ type }) => type.endsWith(end));
    const routes = ofType(":Route").map(({ inputs }) => [
      inputs["routeKey"],
      inputs["authorizationType"],
    ]);

    expect(new Set(routes)).toEqual(
      new Set(
        deployed<string, Api>(apis, configOf("placement")).flatMap(([, { auth, routes: keys }]) =>
          keys.map((key) => [key, auth === "iam" ? "AWS_IAM" : "NONE"]),
        ),
      ),
    );
    expect(routes.filter(([, auth]) => auth === "NONE")).toEqual([["POST /lookup", "NONE"]]);
    const [api] = ofType("apigatewayv2/api:Api");
    expect(api?.inputs["corsConfiguration"]).toMatchObject({
      allowOrigins: ["https://sign-in.example.com"],
      allowMethods: ["POST"],
    });
    const actions = actionsOf(rightsOf(stage, "LookUp"));
    expect(actions.filter((action) => action.startsWith("dynamodb:"))).toEqual([
      "dynamodb:GetItem",
      "dynamodb:Query",
    ]);
    const inTrigger = actionsOf(rightsOf(stage, "PreAuthenticationEuCentral1"));
    expect(inTrigger.filter((action) => action.startsWith("dynamodb:"))).toEqual([
      "dynamodb:GetItem",
      "dynamodb:Query",
    ]);
    expect(ofType("apigatewayv2/stage:Stage")[0]?.inputs["routeSettings"]).toHaveLength(
      routes.length,
    );
    expect(of("dev").resources.filter(({ type }) => type.includes("apigatewayv2"))).toEqual([]);
  });

  it("takes acknowledgements from who signs them, where there is a system to acknowledge for", () => {
    const routes = of("downstream").resources.filter(({ type }) => type.endsWith(":Route"));

    expect(routes.map(({ inputs }) => [inputs["routeKey"], inputs["authorizationType"]])).toEqual([
      ["POST /downstream/{system}/users/{userId}/acknowledgement", "AWS_IAM"],
    ]);
  });
});
