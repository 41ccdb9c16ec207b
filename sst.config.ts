/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  async app(input) {
    const { appOf } = await import("./stacks/app.ts");
    return appOf(input.stage);
  },
  // SST allows no imports at the top. The order: what others are linked to comes first.
  async run() {
    const { settingsOf } = await import("./stacks/settings.ts");
    const { createPlaces } = await import("./stacks/places.ts");
    const { createSecrets } = await import("./stacks/secrets.ts");
    const { createRegional, homeOf, hubOf } = await import("./stacks/regional.ts");
    const { createHub } = await import("./stacks/events.ts");
    const { createSignIn } = await import("./stacks/sign-in.ts");
    const { createTables } = await import("./stacks/tables.ts");
    const { createServices } = await import("./stacks/services.ts");
    const { createBackground } = await import("./stacks/background.ts");
    const { createApis, tellPools } = await import("./stacks/apis.ts");
    const { createBudget } = await import("./stacks/budget.ts");
    const { missingSocialSecrets } = await import("./stacks/social.ts");

    const settings = settingsOf($app.stage);
    const secrets = createSecrets(settings.migration);
    const places = createPlaces(settings.migration);
    const tables = createTables(settings, homeOf(settings, places));
    const regions = places.map((place) => createRegional(settings, secrets, place, tables));
    const hub = hubOf(settings, regions);
    createHub(settings, hub);
    const signIns = regions.map((regional) => createSignIn(settings, secrets, regional));
    const services = createServices({ settings, secrets, hub, tables, signIns });
    for (const signIn of signIns) {
      const others = signIns.filter((other) => other !== signIn);
      const otherPoolArns = others.map(({ pool }) => pool.arn);
      createBackground({ settings, secrets, hub, signIn, otherPoolArns, services });
    }
    tellPools(
      signIns.map(({ regional, pool }) => ({ place: regional.place, ...pool })),
      hub.place,
      tables,
    );
    const api = createApis(settings, hub, tables);
    createBudget(settings);
    const secretsToSet = missingSocialSecrets(settings.migration.target, secrets);

    return {
      ...(secretsToSet.length > 0 && { secretsToSet }),
      bus: hub.bus.arn,
      ...(api && { api }),
      pools: Object.fromEntries(
        signIns.map(({ regional, pool }) => [
          regional.place.region,
          { userPoolId: pool.id, clientId: pool.clientId },
        ]),
      ),
    };
  },
});
