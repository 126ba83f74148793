// Signs a request with HAWK. What is typed here is read by this file only, which sends and keeps nothing.
const field = (id) => document.getElementById(id);
const utf8 = new TextEncoder();
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
// As `new URL` would not: it normalises, and the signature covers path and query letter for letter.
const PARTS = /^(https?):\/\/([^/?#@:]+|\[[0-9a-f:.]+\])(?::(\d+))?(\/[^?#]*)?(\?[^#]*)?$/i;

async function payloadHash(type, body) {
  const kind = type.split(";")[0].trim().toLowerCase();
  return base64(await crypto.subtle.digest("SHA-256", utf8.encode(`hawk.1.payload\n${kind}\n${body}\n`)));
}

async function sign({ id, key, method, url, type, body }) {
  const [, scheme, host, port, path = "/", query = ""] = PARTS.exec(url);
  const ts = String(Math.floor(Date.now() / 1000));
  const nonce = base64(crypto.getRandomValues(new Uint8Array(12)));
  const hash = type || body ? await payloadHash(type, body) : "";
  const usual = scheme.toLowerCase() === "https" ? "443" : "80";
  const lines = ["hawk.1.header", ts, nonce, method, path + query, host.toLowerCase(), port || usual, hash, ""];
  const secret = await crypto.subtle.importKey("raw", utf8.encode(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = base64(await crypto.subtle.sign("HMAC", secret, utf8.encode(lines.map((line) => `${line}\n`).join(""))));
  const attributes = { id, ts, nonce, ...(hash && { hash }), mac };
  return `Hawk ${Object.entries(attributes).map(([name, value]) => `${name}="${value}"`).join(", ")}`;
}

const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

function curl(header, { method, url, type, body }) {
  // Otherwise curl expands brackets and braces, and removes dots from the path.
  const words = ["curl", "--globoff", "--path-as-is"];
  if (method === "HEAD") words.push("--head");
  else if (method !== "GET") words.push("--request", method);
  words.push("--header", quoted(`Authorization: ${header}`));
  if (type || body) words.push("--header", quoted(`Content-Type: ${type}`), "--data-raw", quoted(body));
  return [...words, quoted(url)].join(" ");
}

// What cannot be signed: the field, and what to do.
function problem({ id, key, url, type, body }) {
  if (!id) return ["client", "Enter your id"];
  if (/[^\x21-\x7e]|["\\]/.test(id)) return ["client", "An id has no spaces, quotes or letters with accents"];
  if (!key) return ["key", "Enter your key"];
  if (/[^\x21-\x7e]/.test(url)) return ["url", "The URL has a space or another character that must be percent-encoded"];
  if (!PARTS.test(url)) return ["url", "Enter a URL that begins with https:// or http://, without a user name or #"];
  if (/[^\x20-\x7e]/.test(type)) return ["type", "The Content-Type has characters that a header cannot have"];
  if (body && !type) return ["type", "Enter the Content-Type of the body, such as application/json"];
  return null;
}

function complain(id, text) {
  const link = document.createElement("a");
  link.href = `#${id}`;
  link.textContent = text;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    // It may be within what is folded.
    field(id).closest("details")?.setAttribute("open", "");
    field(id).focus();
  });
  field("wrong").querySelector("li").replaceChildren(link);
  field("wrong").hidden = false;
  field("wrong").focus();
}

async function show() {
  const request = {
    id: field("client").value.trim(),
    key: field("key").value.trim(),
    method: field("method").value,
    url: field("url").value.trim(),
    type: field("type").value.trim(),
    body: field("body").value,
  };
  field("wrong").hidden = field("signed").hidden = true;
  const wrong = problem(request);
  if (wrong) return complain(...wrong);
  const header = await sign(request);
  field("header").textContent = header;
  field("curl").textContent = curl(header, request);
  field("signed").hidden = false;
  field("signed").focus();
}

// Browsers have crypto.subtle on HTTPS and on this machine only.
if (globalThis.crypto?.subtle) {
  field("unsigned").hidden = true;
  field("signing").hidden = false;
  field("sign").addEventListener("click", show);
  field("signing").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) show();
  });
  // A page that is shown again from the browser's memory has no key any more.
  addEventListener("pagehide", () => (field("key").value = ""));
}
