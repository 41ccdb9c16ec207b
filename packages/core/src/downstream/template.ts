/** The text that a template without `<any>` stands for. */
export function filled(template: string, sub: string): string {
  return template.replace("<sub>", sub);
}

/** The same text for another sub, or undefined where the text is not the template's with this one. */
export function replaced(template: string, text: unknown, from: string, to: string) {
  if (typeof text !== "string") return undefined;
  const parts = template.split(/(<sub>|<any>)/);
  const pattern = parts.map((part) => {
    if (part === "<sub>") return `(${escaped(from)})`;
    return part === "<any>" ? "(.*)" : `(${escaped(part)})`;
  });
  const found = new RegExp(`^${pattern.join("")}$`, "s").exec(text);
  if (!found) return undefined;
  return parts.map((part, index) => (part === "<sub>" ? to : (found[index + 1] ?? ""))).join("");
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
