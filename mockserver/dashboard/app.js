// The page: puts the rooms together, listens to the server, and draws what has changed.
// Knows all the other files; they do not know it.

import { Actions } from "./actions.js";
import { Api } from "./api.js";
import { Changes } from "./changes.js";
import { ClockBar } from "./clock-bar.js";
import { Clock } from "./clock.js";
import { Connect } from "./connect.js";
import { ContractView } from "./contract.js";
import { Deliveries, Webhooks } from "./deliveries.js";
import { Details } from "./details.js";
import { askToken, confirmed } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { Frame } from "./frame.js";
import { Exchanges, Journal } from "./journal.js";
import { trust } from "./links.js";
import { Lanes } from "./lanes.js";
import { Notices } from "./notices.js";
import { Shortcuts } from "./shortcuts.js";
import { Steer } from "./steer.js";
import { Stream } from "./stream.js";
import { taskDetails } from "./task-details.js";
import { Tasks } from "./tasks.js";
import { count, span } from "./words.js";

const TICK_MS = 500;
const MOST_AT_ONCE = 8;
const LATEST = 8;

const place = (id) => document.getElementById(id);
const page = {
  api: new Api(new URL(".", document.baseURI), askToken),
  changes: new Changes(),
  clock: new Clock(),
  notices: new Notices(place("notices"), place("spoken")),
  search: { text: "" },
  settings: null,
  scenarios: null,
  faults: [],
};
const { api, changes, clock, notices } = page;
page.tasks = new Tasks(
  (query) => api.get("tasks", query),
  () => changes.of("tasks"),
);
page.exchanges = new Exchanges(
  (query) => api.get("requests", query),
  () => changes.of("requests"),
);
page.deliveries = new Deliveries(
  (query) => api.get("webhooks", query),
  () => changes.of("webhooks"),
);
page.details = new Details(place("details"));
page.act = new Actions(api, notices, {
  task: (task) => page.tasks.take(task),
  delivery: (delivery) => page.deliveries.take(delivery),
  clock: (said) => setClock(said),
  scenario: (said) => ((page.scenarios = said), changes.of("settings")),
  faults: () => loadFaults(),
  everything: () => load(),
});
page.openTask = (task, opener) => page.details.show(taskDetails(page, task), opener);
page.openTaskById = async (provider, id) => {
  try {
    const task = await api.get(`tasks/${encodeURIComponent(id)}`, { provider });
    page.tasks.take(task);
    page.openTask(task);
  } catch (error) {
    notices.complain(error.message);
  }
};
page.reset = async () => {
  const sure = await confirmed(
    "Reset the mock?",
    ["Every task, request and webhook is forgotten, for everybody who uses this mock."],
    "Reset",
  );
  if (sure) await page.act.reset();
};
const settled = [];
page.whenSettled = (listener) => (page.settings ? listener(page.settings) : settled.push(listener));

// the views

const lanes = new Lanes(page);
const latest = new Journal(page, LATEST);
const tasksView = h(
  "div",
  { class: "tasks-view" },
  lanes.tabs,
  lanes.element,
  h("section", { class: "latest", "aria-label": "Latest requests" }, h("h2", {}, "Latest requests"), latest.element),
);
const journal = new Journal(page);
const webhooks = new Webhooks(page);
const steer = new Steer(page);
const connect = new Connect(page);
const contract = new ContractView(page);
const frame = new Frame(page, {
  tasks: {
    title: "Tasks",
    element: tasksView,
    draw: () => (lanes.draw(), latest.draw()),
    count: () => page.tasks.total,
  },
  requests: { title: "Requests", element: journal.element, draw: () => journal.draw() },
  webhooks: { title: "Webhooks", element: webhooks.element, draw: () => webhooks.draw() },
  steer: { title: "Steer", element: steer.element, draw: () => steer.draw(), count: () => page.faults.length },
  connect: { title: "Connect", element: connect.element, draw: () => connect.draw() },
  contract: { title: "Contract", element: contract.element, draw: () => contract.draw() },
});
const bar = new ClockBar(page, place("clock"));
page.shortcuts = new Shortcuts({ ...frame.keys(), z: () => bar.toggle(), ".": () => bar.advance(10) });
fill(
  place("top-end"),
  h("button", { type: "button", class: "button", on: { click: () => page.reset() } }, "Reset"),
  h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": "Keyboard help",
      title: "Keyboard (?)",
      on: { click: () => page.shortcuts.help() },
    },
    "?",
  ),
);

changes.on(["tasks", "requests", "webhooks", "settings", "view"], (changed) => frame.draw(changed));
changes.on(["tasks", "requests", "webhooks"], () => page.details.draw());
changes.on(["clock"], () => bar.draw());
setInterval(() => {
  if (document.hidden) return;
  bar.tick();
  lanes.tick();
  page.details.tick();
  catchUp(page.tasks.overdue(clock.now));
}, TICK_MS);

// what the server says

function setClock(said) {
  clock.set(said);
  changes.of("clock", "tasks");
}

async function loadFaults() {
  page.faults = (await api.get("faults")).faults;
  changes.of("settings");
}

async function loadScenarios() {
  page.scenarios = await api.get("scenario");
  changes.of("settings");
}

async function loadSettings() {
  page.settings = await api.get("settings");
  if (trust(page.settings.providers.map((each) => each.base))) page.tasks.renew();
  for (const listener of settled.splice(0)) listener(page.settings);
  changes.of("settings");
}

let loading = null;
let again = false;

/** Asks for tasks whose move was not told. */
function catchUp(late) {
  if (late.length > MOST_AT_ONCE) return void page.tasks.load().catch(() => {});
  for (const { provider, id } of late) {
    api.get(`tasks/${encodeURIComponent(id)}`, { provider }).then(
      (task) => page.tasks.take(task),
      () => {},
    );
  }
}

/** Asks for everything again: at the start, after a gap, after a reset; once more where it is asked for meanwhile. */
function load() {
  again = loading !== null;
  loading ??= loadParts().finally(() => {
    loading = null;
    if (again) load();
  });
  return loading;
}

/** Each part stands for itself; one that this server does not have is left out. */
async function loadParts() {
  const parts = [
    api.get("clock").then(setClock),
    page.tasks.load(),
    page.exchanges.load(),
    loadSettings(),
    loadFaults(),
    loadScenarios(),
    page.deliveries.load(),
  ];
  const told = await Promise.allSettled(parts);
  const failed = told.filter((each) => each.status === "rejected" && each.reason.status !== 404);
  if (failed.length)
    notices.complain(`${count(failed.length, "part")} of the page could not be loaded: ${failed[0].reason.message}`);
}

const HEARD = {
  task: (data) => page.tasks.take(data),
  request: (data) => page.exchanges.take(data),
  webhook: (data) => page.deliveries.take(data),
  clock: (data) => setClock(data),
  faults: () => loadFaults().catch(() => {}),
  scenario: () => loadScenarios().catch(() => {}),
  reset: () => load(),
  gap: () => load(),
};

let loaded = false;
const stream = new Stream((given) => api.fetch(api.url("events"), given), {
  event: (name, data) => HEARD[name]?.(data),
  open: (resumed) => {
    if (!resumed || !loaded) load();
    else api.get("clock").then(setClock, () => {});
    loaded = true;
  },
  state: (state, wait) => {
    const words = {
      live: "live",
      connecting: "connecting",
      asleep: "asleep",
      waiting: `no connection, again in ${span(wait ?? 0)}`,
    }[state];
    place("connection").dataset.state = state;
    place("connection-text").textContent = words;
    if (state === "live" || state === "waiting")
      notices.whisper(state === "live" ? "Connected" : "The connection is gone");
  },
});

frame.start();
stream.start();
