// openapi-backend behind express, as its README shows it, with a Map as its memory.
// Usage: node openapi_backend.mjs DOCUMENT PORT
import { randomUUID } from "node:crypto";
import express from "express";
import { OpenAPIBackend } from "openapi-backend";

const [document, port] = process.argv.slice(2);
const tasks = new Map();

const api = new OpenAPIBackend({ definition: document });
api.registerSecurityHandler("bearer", (c) => /^Bearer \S+$/.test(c.request.headers.authorization ?? ""));
api.register({
  submitGeneration: (c, req, res) => {
    const task = { id: randomUUID(), state: "pending", created_at: new Date().toISOString(), request: c.request.requestBody };
    tasks.set(task.id, task);
    res.status(200).json(task);
  },
  getGeneration: (c, req, res) => {
    const task = tasks.get(c.request.params.task_id);
    return task ? res.status(200).json(task) : res.status(404).json({ error: "no such task" });
  },
  validationFail: (c, req, res) => res.status(400).json({ error: c.validation.errors }),
  unauthorizedHandler: (c, req, res) => res.status(401).json({ error: "unauthorized" }),
  notFound: (c, req, res) => res.status(404).json({ error: "not found" }),
});
await api.init();

const app = express();
app.use(express.json());
app.use((req, res) => api.handleRequest(req, req, res));
app.listen(Number(port), "127.0.0.1");
