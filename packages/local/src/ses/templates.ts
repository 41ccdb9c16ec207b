import { AwsError, type Clock } from "../service.ts";
import { RenderingError, rendered, templateOf } from "./content.ts";
import { Inputs, parse } from "./input.ts";
import { type Operation, Pages, page } from "./operation.ts";
import type { Template } from "./state.ts";

/** Mail templates that SES keeps. */
export function templateOperations(clock: Clock): Record<string, Operation> {
  return {
    CreateEmailTemplate: ({ templates }, { input }) => {
      const { TemplateName: name, TemplateContent: content } = parse(
        Inputs.CreateEmailTemplate,
        input,
      );
      if (templates.has(name)) {
        throw new AwsError("AlreadyExistsException", `Template ${name} already exists.`);
      }
      templates.set(name, { name, content, createdAtEpochMs: clock() });
      return {};
    },
    GetEmailTemplate: (ses, { name }) => {
      const { content } = templateOf(ses, name);
      return { TemplateName: name, TemplateContent: content };
    },
    UpdateEmailTemplate: (ses, { name, input }) => {
      const { TemplateContent: content } = parse(Inputs.UpdateEmailTemplate, input);
      ses.templates.set(name, { ...templateOf(ses, name), content });
      return {};
    },
    DeleteEmailTemplate: (ses, { name }) => {
      ses.templates.delete(templateOf(ses, name).name);
      return {};
    },
    ListEmailTemplates: ({ templates }, asked) => {
      const { items, ...more } = page(newestFirst([...templates.values()]), asked, Pages.templates);
      return {
        TemplatesMetadata: items.map(({ name, createdAtEpochMs }) => ({
          TemplateName: name,
          CreatedTimestamp: createdAtEpochMs / 1000,
        })),
        ...more,
      };
    },
    TestRenderEmailTemplate: (ses, { name, input }) => {
      const { TemplateData } = parse(Inputs.TestRenderEmailTemplate, input);
      try {
        const { subject, text, html } = rendered(templateOf(ses, name).content, TemplateData);
        return { RenderedTemplate: [`Subject: ${subject}`, "", html ?? text].join("\r\n") };
      } catch (error) {
        if (!(error instanceof RenderingError)) throw error;
        throw new AwsError("BadRequestException", error.message);
      }
    },
  };
}

/** As SES lists them. Source: floci-io/floci, SesListPaging (probed on AWS). */
function newestFirst(templates: Template[]): Template[] {
  return templates.sort((one, other) => other.createdAtEpochMs - one.createdAtEpochMs);
}
