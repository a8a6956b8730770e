/* Every page of docs/ that is made from the code, by name. */
import { apiPage } from "./api-page.ts";
import { briefPage } from "./brief-page.ts";
import { comingPage } from "./coming-page.ts";
import { configurationPage } from "./configuration-page.ts";
import { jsonPages } from "./json-page.ts";
import { openapiText } from "./openapi.ts";
import { TypeModel } from "./type-model.ts";

export function generatedPages(): Record<string, string> {
  // Each has a model of its own, since a page names the types that were met for it.
  const json = new TypeModel();
  const api = new TypeModel();
  const rest = new TypeModel();
  try {
    const { page, schema } = jsonPages(json);
    return {
      "api.md": apiPage(api),
      "brief.md": briefPage(),
      "coming-from.md": comingPage(),
      "configuration.md": configurationPage(),
      "json.md": page,
      "json.schema.json": schema,
      "openapi.json": openapiText(rest),
    };
  } finally {
    json.close();
    api.close();
    rest.close();
  }
}
