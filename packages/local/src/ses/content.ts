import Handlebars from "handlebars";
import PostalMime from "postal-mime";
import type { z } from "zod";
import { AwsError } from "../service.ts";
import type { Inputs } from "./input.ts";
import type { SesRegion, Template } from "./state.ts";

type Asked = z.output<typeof Inputs.SendEmail>;

/** A mail as its recipients see it. */
export interface Content {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Of a raw mail that names them itself. */
  readonly from?: string;
  readonly to?: readonly string[];
}

/** @throws AwsError BadRequestException, NotFoundException, or RenderingError for data that does not fit a template */
export async function contentOf(ses: SesRegion, { Content }: Asked): Promise<Content> {
  const { Simple, Raw, Template: asked } = Content;
  if (Simple) {
    const { Subject, Body } = Simple;
    if (!Body.Text && !Body.Html) throw new AwsError("BadRequestException", "Missing body.");
    return withHtml({ subject: Subject.Data, text: Body.Text?.Data ?? "" }, Body.Html?.Data);
  }
  if (Raw) return parsedRaw(Buffer.from(Raw.Data, "base64"));
  if (!asked) throw new AwsError("BadRequestException", "Missing content.");
  const content = asked.TemplateContent ?? templateOf(ses, asked.TemplateName ?? "").content;
  return rendered(content, asked.TemplateData ?? "{}");
}

/** @throws AwsError NotFoundException */
export function templateOf({ templates }: SesRegion, name: string): Template {
  const found = templates.get(name);
  if (found) return found;
  throw new AwsError("NotFoundException", `Template ${name} does not exist.`, 404);
}

/** SES takes a mail whose data does not fit its template, and reports a rendering failure later. */
export class RenderingError extends Error {}

/** @throws RenderingError naming what is missing; AwsError for data that is no JSON */
export function rendered(content: Template["content"], data: string): Content {
  let values: unknown;
  try {
    values = JSON.parse(data);
  } catch {
    throw new AwsError("BadRequestException", "Template data is not valid JSON.");
  }
  const fill = (part: string | undefined, noEscape: boolean) => {
    try {
      return Handlebars.compile(part ?? "", { strict: true, noEscape })(values);
    } catch (error) {
      throw new RenderingError(error instanceof Error ? error.message : String(error));
    }
  };
  return withHtml(
    { subject: fill(content.Subject, true), text: fill(content.Text, true) },
    content.Html === undefined ? undefined : fill(content.Html, false),
  );
}

async function parsedRaw(data: Buffer): Promise<Content> {
  const mail = await PostalMime.parse(data);
  const to = [...(mail.to ?? []), ...(mail.cc ?? []), ...(mail.bcc ?? [])];
  return withHtml(
    {
      subject: mail.subject ?? "",
      text: mail.text ?? "",
      ...(mail.from?.address !== undefined && { from: mail.from.address }),
      to: to.flatMap(({ address }) => address ?? []),
    },
    mail.html,
  );
}

function withHtml(content: Content, html: string | undefined): Content {
  return { ...content, ...(html !== undefined && { html }) };
}
