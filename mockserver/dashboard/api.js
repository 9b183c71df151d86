// The control API over HTTP: JSON in, JSON out, a problem as an error, the token where one is asked for.
// Knows addresses below the page's own and nothing of what is at them.

const KEPT_AT = "lumakit-mock-token";

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title || `the server answered ${status}`);
    this.status = status;
    this.title = title;
  }
}

/** The door to the server. `askToken` is called when a token is needed and gives one, or null. */
export class Api {
  #base;
  #askToken;
  #asking = null;

  constructor(base, askToken) {
    this.#base = base;
    this.#askToken = askToken;
  }

  /** The address of something of the API; names in `query` that are empty are left out. */
  url(path, query = {}) {
    const url = new URL(path, this.#base);
    for (const [key, value] of Object.entries(query))
      if (value !== "" && value !== null && value !== undefined) url.searchParams.set(key, value);
    return url;
  }

  get(path, query) {
    return this.#ask("GET", path, query);
  }

  post(path, body = {}, query = {}) {
    return this.#ask("POST", path, query, body);
  }

  put(path, body) {
    return this.#ask("PUT", path, {}, body);
  }

  remove(path, query = {}) {
    return this.#ask("DELETE", path, query);
  }

  /** Fetches, with the token; asks for one when the server wants it, and tries again. */
  async fetch(url, given = {}) {
    for (let token = kept(); ; token = kept()) {
      const response = await fetch(url, {
        ...given,
        headers: { ...given.headers, ...bearer(token) },
        cache: "no-store",
      });
      if (response.status !== 401) return response;
      if (token !== kept()) continue; // another request has got one in the meantime
      if (!(await this.#token(token))) return response;
    }
  }

  async #token(refused) {
    this.#asking ??= this.#askToken(refused !== null).finally(() => (this.#asking = null));
    const token = await this.#asking;
    if (token) sessionStorage.setItem(KEPT_AT, token);
    return Boolean(token);
  }

  async #ask(method, path, query, body) {
    const headers = { Accept: "application/json" };
    const given = { method, headers };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      given.body = JSON.stringify(body);
    }
    const response = await this.fetch(this.url(path, query), given);
    const told = await read(response);
    if (response.ok) return told;
    throw new Problem(response.status, told?.title ?? response.statusText, told?.detail ?? "");
  }
}

function kept() {
  return sessionStorage.getItem(KEPT_AT);
}

function bearer(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function read(response) {
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
