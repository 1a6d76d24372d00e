// Requests by script: with the CSRF token, and with sign-in over the page when the session has ended.
import { signIn } from "./session.js";

/** The token that writes must carry; it changes when one signs in again. */
export function token() {
  const headers = document.body.getAttribute("hx-headers:inherited");
  return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
}

/** fetch() with our headers. A 401 opens the sign-in dialog and asks again afterwards. */
export async function send(url, options = {}, again = true) {
  const headers = { "X-CSRFToken": token(), "X-Requested-With": "fetch", ...options.headers };
  const response = await fetch(url, { credentials: "same-origin", ...options, headers });
  if (response.status === 401 && again && (await signIn())) return send(url, options, false);
  return response;
}

/** Send JSON and read JSON; throws an Error with the server's words when refused. */
export async function sendJson(url, body) {
  const response = await send(url, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body ?? {}) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? answer.error ?? String(response.status));
  return answer;
}
