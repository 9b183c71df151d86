// @scalar/mock-server on hono's node server, as its README shows it.
// Usage: node scalar.mjs DOCUMENT PORT
import { readFile } from "node:fs/promises";
import { serve } from "@hono/node-server";
import { createMockServer } from "@scalar/mock-server";

const [document, port] = process.argv.slice(2);
const app = await createMockServer({ document: JSON.parse(await readFile(document, "utf8")) });
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
