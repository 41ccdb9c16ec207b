import type { Resource } from "./evaluation.ts";

/** Services of AWS whose resources are in no region. */
const GLOBAL = ["aws:iam/", "aws:budgets/"];

/** A rule may send events to a bus in another region; nothing else reaches across. */
const CROSSES_REGIONS = /^ForwardTarget/;

/**
 * Resources that would be created in another region than their name says, or that name something of
 * another region: without a provider, a resource lands in the home region and nothing complains.
 */
export function misplaced(
  resources: readonly Resource[],
  { homeRegion, regions }: { homeRegion: string; regions: readonly string[] },
): string[] {
  return resources
    .filter(({ type }) => type.startsWith("aws:") && !GLOBAL.some((of) => type.startsWith(of)))
    .flatMap(({ type, name, region, inputs }) => {
      const intended =
        regions.find((candidate) => name.includes(suffixOf(candidate))) ?? homeRegion;
      if (region !== intended) return [`${type} ${name} is in ${region}, not in ${intended}`];
      if (CROSSES_REGIONS.test(name)) return [];
      const foreign = regionsNamedIn(inputs).filter((named) => named !== region);
      return foreign.map((named) => `${type} ${name} in ${region} names something of ${named}`);
    });
}

function suffixOf(region: string): string {
  return region.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
}

/** Of ARNs, queue addresses and bootstrap buckets. Linked data, such as where the sources are, is no reference. */
function regionsNamedIn(inputs: Resource["inputs"]): string[] {
  const { description: _, alarmDescription: __, tags: ___, ...references } = inputs;
  const text = JSON.stringify(references);
  const found = [
    ...text.matchAll(/arn:aws:[\w-]+:([a-z]{2}-[a-z-]+-\d):/g),
    ...text.matchAll(/\/\/sqs\.([a-z]{2}-[a-z-]+-\d)\./g),
    ...text.matchAll(/"asset-([a-z]{2}-[a-z-]+-\d)"/g),
  ];
  return [...new Set(found.flatMap(([, region]) => region ?? []))];
}
