// Sends a file in parts. What arrived is kept: after a break, a login, or a reload of the page, only the rest is sent.
import { HEADERS, formToken, outcomeOf } from "./requests.js";

// Half a minute in all: a service that starts again is back by then. Afterwards the person is told, and can go on.
const PAUSES = [1, 2, 4, 8, 15];
const TRANSIENT = [0, 408, 429, 502, 503, 504];
const ACCEPTED = 202;
// How often to ask whether another request has put the parts together.
const SECONDS_BETWEEN_QUESTIONS = 2;
// A line that died without a word shows nothing but silence. What the service does after it has all bytes goes on.
const SECONDS_OF_SILENCE = 60;
// A part that the service asks for again and again will not come right.
const ROUNDS = 3;

/** Browsers have digests only on pages that came over TLS, or from the same machine. */
export const canSendParts = () => Boolean(window.crypto?.subtle);

/** The end of an upload before it is complete. `outcome` is as `sendForm` has it, or `cancelled`, or `problems`. */
class Ended extends Error {
  constructor(outcome) {
    super("the upload has ended");
    this.outcome = outcome;
  }
}

/**
 * Send a file to the address below which uploads begin. The outcome is as `sendForm` has it; or it has `problems`, a
 * list of sentences, or `cancelled`. `view` is told of `progress`, `resumed`, `waiting` and `checking`.
 */
export async function sendInParts(file, url, view, signal) {
  let address;
  try {
    const words = { name: file.name, size: file.size, modified: file.lastModified };
    const begun = await persist(() => request("POST", url, { body: new URLSearchParams(words), signal }), view, signal);
    address = `${url}${begun.json.id}/`;
    let there = begun.json.parts;
    for (let round = 0; round < ROUNDS; round += 1) {
      await sendMissing(file, address, begun.json.part_size, there, view, signal);
      view.checking();
      const answer = await completed(address, view, signal);
      if (answer.location) return { location: answer.location };
      there = answer.there;
    }
    return { problems: ["Parts of the file were lost on the way, more than once. Choose the file again."] };
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    if (error.outcome.cancelled && address) await forget(address);
    return error.outcome;
  }
}

async function sendMissing(file, address, partSize, there, view, signal) {
  let sent = 0;
  for (let number = 0; sent < file.size; number += 1) {
    const part = await bytesOf(file.slice(sent, sent + partSize));
    const digest = await digestOf(part);
    if (there[number] === digest.hex) view.resumed(sent + part.byteLength);
    else await sendPart(part, digest, `${address}parts/${number}/`, sent, view, signal);
    sent += part.byteLength;
    view.progress(sent);
  }
}

function sendPart(part, digest, url, sent, view, signal) {
  const options = {
    body: part,
    headers: { "Content-Digest": `sha-256=:${digest.base64}:`, "Content-Type": "application/octet-stream" },
    onProgress: (bytes) => view.progress(sent + Math.min(bytes, part.byteLength)),
    signal,
  };
  return persist(() => request("PUT", url, options), view, signal);
}

/** The `location` of the page of the complete file, or which parts are `there` although all were sent. */
async function completed(address, view, signal) {
  for (;;) {
    const answer = await persist(() => request("POST", `${address}complete/`, { signal }), view, signal, "missing");
    if (answer.location) return answer;
    if (answer.json.missing) {
      const now = await persist(() => request("GET", address, { signal }), view, signal);
      return { there: now.json.parts };
    }
    await pause(SECONDS_BETWEEN_QUESTIONS, signal);
  }
}

/** The answer to a request, which is sent again while the connection or the service is away. Throws Ended. */
async function persist(send, view, signal, expected) {
  for (let failures = 0; ; failures += 1) {
    await online(view, signal);
    const answer = await send();
    const { status, json } = answer;
    if (answer.location || (json && status < 300) || status === 204 || (expected && json?.[expected])) {
      view.waiting(null);
      return answer;
    }
    // A part that came damaged is sent again as well.
    const mayPass = TRANSIENT.includes(status) || (json && json.problem?.includes("Send it again"));
    if (!mayPass || failures === PAUSES.length) {
      throw new Ended(json?.problem ? { problems: [json.problem] } : answer.outcome);
    }
    view.waiting(PAUSES[failures]);
    await pause(PAUSES[failures], signal);
  }
}

function request(method, url, { body, headers, onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Ended({ cancelled: true }));
    const sending = new XMLHttpRequest();
    sending.open(method, url);
    const all = { ...HEADERS, "X-CSRFToken": formToken(), ...headers };
    for (const [name, value] of Object.entries(all)) sending.setRequestHeader(name, value);
    if (onProgress) sending.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    const cancel = () => sending.abort();
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(cancel, SECONDS_OF_SILENCE * 1000);
    };
    signal.addEventListener("abort", cancel);
    sending.upload.addEventListener("progress", listen);
    listen();
    sending.addEventListener("loadend", () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", cancel);
      if (signal.aborted) return reject(new Ended({ cancelled: true }));
      const outcome = outcomeOf(sending);
      resolve({ status: sending.status, json: ownJson(sending), location: outcome.location, outcome });
    });
    sending.send(body);
  });
}

/** The fields of an answer that is the service's own. Proxies, too, answer in JSON. */
function ownJson(sending) {
  if (!sending.getResponseHeader("Content-Type")?.startsWith("application/json")) return null;
  try {
    const json = JSON.parse(sending.responseText);
    return json.service === document.body.dataset.service ? json : null;
  } catch {
    return null;
  }
}

/** Resolves when the machine has a network, which may take as long as it likes. */
async function online(view, signal) {
  while (!navigator.onLine) {
    view.waiting(Infinity);
    await pause(SECONDS_BETWEEN_QUESTIONS, signal);
  }
}

/** Waits for some seconds, or until the network is back. Throws Ended if the person cancels meanwhile. */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, seconds * 1000);
    function end() {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(new Ended({ cancelled: true }));
      else resolve();
    }
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

/** What has arrived of a cancelled upload goes. Where that fails, it goes by itself after a day. */
async function forget(address) {
  try {
    await fetch(address, { method: "DELETE", headers: { ...HEADERS, "X-CSRFToken": formToken() }, keepalive: true });
  } catch {
    // The person has cancelled, and need not know.
  }
}

async function bytesOf(part) {
  try {
    return await part.arrayBuffer();
  } catch {
    // Browsers do not read a file that was changed or moved after it was chosen.
    throw new Ended({ problems: ["The file was changed, moved or deleted after you chose it. Choose it again."] });
  }
}

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return {
    hex: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    base64: btoa(String.fromCharCode(...digest)),
  };
}
