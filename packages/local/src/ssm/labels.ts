import { AwsError } from "../service.ts";
import type { Parameter } from "./parameters.ts";

/** Source: Systems Manager user guide, "Working with parameter labels", as the next one. */
const MOST_LABELS = 10;
const LABEL = /^(?!aws|ssm)[a-z_.-][\w.-]*$/i;

export interface Labels {
  /** The latest, if it is left out. */
  readonly version?: number | undefined;
  readonly labels: readonly string[];
}

/**
 * A parameter whose version has labels, which then no other version of it has.
 * @throws AwsError ParameterVersionNotFound or ParameterVersionLabelLimitExceeded
 */
export function withLabels(parameter: Parameter, asked: Labels) {
  const version = labelledVersion(parameter, asked.version);
  const labels = asked.labels.filter((label) => LABEL.test(label));
  const versions = parameter.versions.map((one, index) => {
    const others = (one.labels ?? []).filter((label) => !labels.includes(label));
    return {
      ...one,
      labels: parameter.first + index === version ? [...others, ...labels] : others,
    };
  });
  if (versions.some((one) => one.labels.length > MOST_LABELS)) {
    throw new AwsError(
      "ParameterVersionLabelLimitExceeded",
      `A parameter version can have maximum ${MOST_LABELS} labels.Move one or more labels to another version and try again.`,
    );
  }
  return {
    parameter: { ...parameter, versions },
    version,
    invalid: asked.labels.filter((label) => !labels.includes(label)),
  };
}

/** @throws AwsError ParameterVersionNotFound */
export function withoutLabels(parameter: Parameter, asked: Labels) {
  const at = labelledVersion(parameter, asked.version) - parameter.first;
  const had = parameter.versions[at]?.labels ?? [];
  const versions = parameter.versions.map((one, index) =>
    index === at ? { ...one, labels: had.filter((label) => !asked.labels.includes(label)) } : one,
  );
  return {
    parameter: { ...parameter, versions },
    removed: asked.labels.filter((label) => had.includes(label)),
    invalid: asked.labels.filter((label) => !had.includes(label)),
  };
}

/** Source of the words: moto's tests/test_ssm/test_ssm_boto3.py. */
export function versionNotFound(name: string, version: string | number): AwsError {
  return new AwsError(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

function labelledVersion({ name, first, versions }: Parameter, asked?: number): number {
  const latest = first + versions.length - 1;
  const version = asked ?? latest;
  if (version >= first && version <= latest) return version;
  throw versionNotFound(name, version);
}
