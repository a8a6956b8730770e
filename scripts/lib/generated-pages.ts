/* Every page of docs/ that is made from the code, by name. */
import { configurationPage } from "./configuration-page.ts";
import { jsonPages } from "./json-page.ts";
import { TypeModel } from "./type-model.ts";

export function generatedPages(): Record<string, string> {
  const json = new TypeModel();
  try {
    const { page, schema } = jsonPages(json);
    return {
      "configuration.md": configurationPage(),
      "json.md": page,
      "json.schema.json": schema,
    };
  } finally {
    json.close();
  }
}
