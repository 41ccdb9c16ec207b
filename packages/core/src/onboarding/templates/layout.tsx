import {
  Body,
  Button,
  Container,
  Head,
  Hr,
  Html,
  Img,
  Link,
  Preview,
  Text,
} from "@react-email/components";
import type { Brand, MailLocale } from "../../config/onboarding-schema.ts";
import type { Copy } from "./copy.ts";

interface LayoutProps {
  readonly locale: MailLocale;
  readonly brand: Brand;
  readonly signInUrl: string;
  readonly copy: Copy;
}

const FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const text = { fontSize: "16px", lineHeight: "26px", color: "#1f2937" };
const small = { fontSize: "13px", lineHeight: "20px", color: "#6b7280" };

/**
 * The look of every mail. One button, the address it leads to in full, and no picture but the logo: nothing
 * tells us that somebody has opened the mail or followed a link.
 */
export function Layout({ locale, brand, signInUrl, copy }: LayoutProps) {
  return (
    <Html lang={locale} dir="ltr">
      <Head>
        <title>{copy.subject}</title>
        <meta name="color-scheme" content="light" />
      </Head>
      <Preview>{copy.preview}</Preview>
      <Body
        style={{ backgroundColor: "#f3f4f6", fontFamily: FONT, margin: "0", padding: "24px 0" }}
      >
        <Container
          style={{
            backgroundColor: "#ffffff",
            borderRadius: "8px",
            padding: "32px",
            maxWidth: "560px",
          }}
        >
          {brand.logoUrl === undefined ? (
            <Text style={{ ...text, fontWeight: 700, fontSize: "18px" }}>{brand.name}</Text>
          ) : (
            <Img src={brand.logoUrl} alt={brand.name} height={40} />
          )}
          <Text style={text}>{copy.greeting}</Text>
          {copy.paragraphs.map((paragraph) => (
            <Text key={paragraph} style={text}>
              {paragraph}
            </Text>
          ))}
          <Button
            href={signInUrl}
            style={{
              backgroundColor: brand.color,
              color: brand.buttonTextColor,
              borderRadius: "6px",
              fontSize: "16px",
              fontWeight: 600,
              padding: "12px 24px",
            }}
          >
            {copy.button}
          </Button>
          <Text style={small}>
            <Link href={signInUrl} style={{ color: brand.color }}>
              {signInUrl}
            </Link>
          </Text>
          <Text style={text}>{copy.signature}</Text>
          <Hr />
          <Text style={small}>
            {copy.support}{" "}
            <Link href={brand.supportUrl} style={{ color: brand.color }}>
              {copy.supportLink}
            </Link>
          </Text>
        </Container>
      </Body>
    </Html>
  );
}
