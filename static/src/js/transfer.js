// Sends one file in pieces, and goes on where a broken connection stopped:
// POST url {name, size, type} -> {token}; PATCH url/token, Upload-Offset: n, a piece; HEAD url/token -> Upload-Offset.
import { send } from "./send.js";

const PIECE = 1024 * 1024; // bytes
const TRIES = 8;
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function begin(url, file) {
  const body = new URLSearchParams({ name: file.name, size: file.size, type: file.type });
  const response = await send(url, { method: "POST", body });
  if (!response.ok) throw await refusal(response);
  return (await response.json()).token;
}

/** An error that trying again would not mend, with the server's words. */
async function refusal(response) {
  const answer = await response.json().catch(() => ({}));
  return Object.assign(new Error(answer.message ?? ""), { final: response.status >= 400 && response.status < 500 && response.status !== 409 && response.status !== 429 });
}

async function offsetOf(address) {
  const response = await send(address, { method: "HEAD" });
  if (!response.ok) throw await refusal(response);
  return Number(response.headers.get("Upload-Offset"));
}

/** Send it; progress(fraction) and broken() tell how it goes. Returns the token. Throws when refused or after many tries. */
export async function transfer(url, file, { progress, broken, signal }) {
  const token = await begin(url, file);
  const address = `${url}/${token}`;
  let offset = 0;
  let tries = 0;
  while (offset < file.size) {
    try {
      const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
      const response = await send(address, { method: "PATCH", headers, body: file.slice(offset, offset + PIECE), signal });
      if (!response.ok) throw await refusal(response);
      offset = Math.min(offset + PIECE, file.size);
      tries = 0;
      progress(offset / file.size);
    } catch (error) {
      tries += 1;
      if (error.final || error.name === "AbortError" || tries > TRIES) throw error;
      broken();
      await wait(Math.min(1000 * 2 ** tries, 30_000));
      offset = await offsetOf(address).catch((problem) => { if (problem.final) throw problem; return offset; });
    }
  }
  return token;
}
