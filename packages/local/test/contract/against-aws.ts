type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the suite is to run against AWS. @throws Error it is, and nobody says as whom */
export function againstAws(env: Environment): boolean {
  const wanted = env["CARRYOVER_CONTRACT"];
  if (wanted === undefined || wanted === "" || wanted === "stage") return false;
  if (wanted !== "aws")
    throw new Error(`CARRYOVER_CONTRACT is "${wanted}": give aws, or leave it out`);
  const known = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"];
  if (known.some((name) => env[name])) return true;
  throw new Error(
    `CARRYOVER_CONTRACT=aws needs credentials of an AWS account made for tests: set ${known.join(" or ")}`,
  );
}
