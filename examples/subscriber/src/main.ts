import { parseArgs } from "node:util";
import { deploy } from "./deploy.ts";

const { values } = parseArgs({
  options: { bus: { type: "string" }, role: { type: "string" }, region: { type: "string" } },
});
const { bus, role, region } = values;
if (!bus || !role || !region) {
  console.error("usage: npm run deploy -- --bus BUS --role ROLE_ARN --region REGION");
  process.exit(2);
}
// AWS_ENDPOINT_URL leads every client to the local stage.
console.log(await deploy({ region }, { bus, roleArn: role }));
