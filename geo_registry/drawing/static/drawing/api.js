// Asking the server. Every answer is JSON; what is not tells of a session that has ended or a server that is not there.

export class Refused extends Error {
  constructor(status, answer) {
    super(answer?.error ?? `status ${status}`);
    this.status = status;
    this.answer = answer ?? {};
  }
}

export class Offline extends Error {}
export class SignedOut extends Error {}

const token = () => document.querySelector("#token input")?.value ?? "";

async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { headers: { Accept: "application/json", ...options.headers }, ...options, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline();
  }
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  if (response.redirected && !isJson) throw new SignedOut();
  const answer = isJson ? await response.json() : null;
  if (!response.ok) throw new Refused(response.status, answer);
  if (!isJson) throw new SignedOut();
  return answer;
}

export const get = (url, signal) => ask(url, { signal });

export const post = (url, body, signal) =>
  ask(url, {
    method: "POST",
    signal,
    body: body instanceof FormData ? body : JSON.stringify(body),
    headers: body instanceof FormData ? { Accept: "application/json", "X-CSRFToken": token() } : { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
  });
