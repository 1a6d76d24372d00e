// Passkeys: data-webauthn="create" (register) or "get" (sign in); data-options and data-verify are JSON addresses.
import { bind } from "./bind.js";
import { sendJson } from "./send.js";
import { say } from "./words.js";
import { toast } from "./toast.js";

const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The server's options with their texts as bytes. */
export function readable(options) {
  const known = (list) => list?.map((one) => ({ ...one, id: decode(one.id) }));
  const read = { ...options, challenge: decode(options.challenge) };
  if (options.user) read.user = { ...options.user, id: decode(options.user.id) };
  if (options.allowCredentials) read.allowCredentials = known(options.allowCredentials);
  if (options.excludeCredentials) read.excludeCredentials = known(options.excludeCredentials);
  return read;
}

/** What the device answered, with its bytes as texts. */
export function writable(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: encode(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) answer[name] = encode(response[name]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return { id: credential.id, rawId: encode(credential.rawId), type: credential.type, response: answer, authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults() };
}

/** Open the page anew, also when its address differs from the present one by what follows # only. */
function go(address) {
  const next = new URL(address, location.href);
  const here = next.pathname === location.pathname && next.search === location.search;
  location.assign(next);
  if (here && next.hash) location.reload();
}

bind("[data-webauthn]", (button) => {
  if (!window.PublicKeyCredential) { button.hidden = true; return; }
  button.addEventListener("click", async () => {
    const form = button.closest("form");
    const typed = form ? Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "password" && name !== "csrf_token")) : {};
    button.setAttribute("aria-busy", "true");
    try {
      const options = await sendJson(button.dataset.options, typed);
      const publicKey = readable(options.publicKey ?? options);
      const credential = await navigator.credentials[button.dataset.webauthn]({ publicKey });
      const answer = await sendJson(button.dataset.verify, { ...typed, credential: writable(credential) });
      const told = new CustomEvent("webauthn:done", { bubbles: true, cancelable: true, detail: answer });
      if (button.dispatchEvent(told)) go(answer.next ?? location.href); // else session.js stays on the page
    } catch (error) {
      if (error.name !== "NotAllowedError") toast(error.message || say("failed"), "warn");
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
});
