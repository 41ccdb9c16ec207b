import { request } from "node:https";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { startServices } from "../../../src/services.ts";

describe("the port", () => {
  it("takes TLS as well, with a certificate for this computer's names", async () => {
    const services = await startServices({ port: 0, homeRegion: "us-east-1" });
    const { port } = new URL(services.endpoint);
    // Amplify puts https:// before a domain of sign-in pages.
    const told = await new Promise((resolve, reject) => {
      const options = {
        port,
        host: "127.0.0.1",
        path: "/_local/health",
        rejectUnauthorized: false,
      };
      request(options, (answer) => {
        const { subjectaltname } = (answer.socket as TLSSocket).getPeerCertificate();
        answer.resume();
        resolve({ status: answer.statusCode, subjectaltname });
      })
        .on("error", reject)
        .end();
    });
    expect(told).toMatchObject({
      status: 200,
      subjectaltname: expect.stringContaining("DNS:*.auth.localhost, IP Address:127.0.0.1"),
    });
    expect((await fetch(`${services.endpoint}/_local/health`)).status).toBe(200);
    // Browsers open connections ahead and say nothing: they must not hold the stage up.
    const silent = connect(Number(port), "127.0.0.1");
    await new Promise((resolve) => silent.once("connect", resolve));
    const closed = new Promise((resolve) => silent.once("close", resolve));
    await services.stop();
    await closed;
  });
});
