// mountebank's injection: it has no schemas, so what the contract asks is written by hand here; the state is its own.
function (config) {
  const request = config.request;
  const tasks = config.state.tasks = config.state.tasks || {};
  const answer = (statusCode, body) => ({
    statusCode, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const kinds = {
    user_prompt: "string", model_name: "string", resolution: "string", duration: "string",
    image_url: "string", image_end_url: "string", notify_hook: "string", expand_prompt: "boolean", loop: "boolean",
  };
  const words = { model_name: ["ray-v1", "ray-v2"], resolution: ["720p", "1080p"], duration: ["5s"] };
  const headers = {};
  Object.keys(request.headers).forEach((name) => { headers[name.toLowerCase()] = request.headers[name]; });
  if (!/^Bearer \S+$/.test(headers.authorization || "")) { return answer(401, { error: "unauthorized" }); }
  if (request.method === "GET") {
    const task = tasks[request.path.split("/").pop()];
    return task ? answer(200, task) : answer(404, { error: "no such task" });
  }
  let body;
  try { body = JSON.parse(request.body); } catch (error) { return answer(400, { error: "not JSON" }); }
  if (body.user_prompt === undefined) { return answer(400, { error: "user_prompt is required" }); }
  const wrong = Object.keys(body).filter((name) =>
    (kinds[name] && typeof body[name] !== kinds[name]) || (words[name] && !words[name].includes(body[name])));
  if (wrong.length) { return answer(400, { error: wrong.join(", ") + " is wrong" }); }
  const task = { id: require("crypto").randomUUID(), state: "pending", created_at: new Date().toISOString(), request: body };
  tasks[task.id] = task;
  return answer(200, task);
}
