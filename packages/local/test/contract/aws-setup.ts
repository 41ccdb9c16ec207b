import { againstAws } from "./against-aws.ts";
import { POOL_PREFIX, sweep } from "./aws.ts";
import { AWS_FILES } from "./aws-files.ts";

/** Around all files of the contract suite. @throws Error it is to run against AWS without credentials */
export function setup(): (() => Promise<void>) | undefined {
  if (!againstAws(process.env)) return undefined;
  process.stderr.write(
    [
      "The contract suite runs against AWS: it makes user pools and users there, which may cost money",
      `(each user counts as active in this month), and deletes all pools named ${POOL_PREFIX}… at its end.`,
      `Of these files: ${AWS_FILES.join(", ")}`,
      "Tests that look inside the local stage, or move its clock, are skipped.\n",
    ].join("\n"),
  );
  return async () => {
    process.stderr.write(`Deleted ${await sweep()} user pools.\n`);
  };
}
